"""Search: an index of offers and factories that every process of the catalog keeps for itself.

words.py       a text as words: Chinese by a dictionary, English by stems, pinyin
lexicon.py     what is called by several names, in both languages; slips of the keyboard
documents.py   an offer or a factory as the index keeps it
ladders.py     what a piece costs at a quantity, as a query
index.py       the index on disk: the model of a projection
understand.py  what a person typed, as groups of words
finding.py     queries, ranking and pages
traffic.py     traffic weights and strict selection, from governance, in memory
alike.py       offers that may stand in for another one
rpc.py         the look-ups
"""
