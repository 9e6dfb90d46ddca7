"""The bench of proposed listings: labelled descriptions, and how many fields of each are filled in right."""
