"""The rules that hold after every run, each judged from the evidence alone."""
