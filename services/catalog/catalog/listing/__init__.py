"""Listing: from a title, a few lines and pictures' names to a draft that a supplier only has to look over.

description.py  what a supplier says, and what of it cannot be read
found.py        what was found in it, where, and how sure that is
colours.py      colours, by `colours.tsv`                  pictures.py    what pictures' names say
sizes.py        letters, numbers and measures              attributes.py  materials and the like, by `attributes.tsv`
category.py     the leaf of the tree of categories         packaging.py   as the text says, else as the category wants
quantities.py   counts, measure words, packs               money.py       amounts in yuan, and those in other money
marks.py        the quantities and prices of a text        ladders.py     price ranges, minimum, order multiple
conditions.py   samples, freight, mixed batches
neighbours.py   similar offers, by the search              alike.py       what they say
proposal.py     all of it together                         draft.py       the draft that it makes
extractor.py    the port, and the extractor that needs no network
endpoint.py     the extractor behind an OpenAI-compatible endpoint; answers.py what of its answers is believed
rpc.py          the look-up
"""
