"""The same work as a tutorial would have it, fairly written: what our one idea, a batch is a transaction, is worth."""
