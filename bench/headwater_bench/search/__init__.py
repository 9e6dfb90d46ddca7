"""The bench of the search: a made-up catalog with its facts, labelled queries, and what is measured on them."""
