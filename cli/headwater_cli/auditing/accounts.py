"""The rules of the audit for suppliers' accounts: every credit has its release, every payout its withdrawal."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from headwater_cli.auditing.books import Books, Entry, Finding

HOLDS = {"payable": "payable_fen", "withdrawable": "withdrawable_fen", "paying": "paying_fen"}
"""Where an account says what it holds, by the first word of the ledger's account."""
DIRECTIONS = {
    "credit": ("clearing", "payable"), "settle": ("payable", "withdrawable"), "withdraw": ("withdrawable", "paying"),
    "payout": ("paying", "provider"), "return": ("paying", "withdrawable"),
}  # fmt: skip
"""By kind, from which sort of account to which."""


def credited(books: Books) -> Iterator[Finding]:
    """What an order has released its supplier's account is credited with, once and in full; and nothing else."""
    credits = {one.cause: one for one in books.account_postings if one.kind == "credit"}
    for release in books.order_postings:
        if release.kind != "release" or release.root not in books.orders:
            continue
        credit = credits.pop(release.root, None)
        if credit is None:
            yield Finding("missing", release.root, "has released its money, and no supplier's account has it")
            continue
        wanted = (books.orders[release.root]["supplier_id"], release.amount_fen)
        if (credit.root, credit.amount_fen) != wanted:
            found = f"is {credit.amount_fen} fen to {credit.root}, should be {wanted[1]} to {wanted[0]}"
            yield Finding("differs", credit.id, found)
    for credit in credits.values():
        yield Finding("without_cause", credit.id, f"credits what order {credit.cause} has not released")


def moved_as_its_kind_says(books: Books) -> Iterator[Finding]:
    """An account's posting is between its own supplier's accounts, of the sorts that its kind says."""
    for one in books.account_postings:
        wanted = tuple(_of(sort, one.root) for sort in DIRECTIONS.get(one.kind, ()))
        if not wanted or one.root not in books.accounts:
            yield Finding("without_cause", one.id, "is posted without a cause")
        elif (one.debit, one.credit) != wanted:
            yield Finding("differs", one.id, f"moves from {one.debit} to {one.credit}, should be {wanted}")


def settled(books: Books) -> Iterator[Finding]:
    """What is settled by its order was credited for it; what is owed and not settled waits for its time."""
    by_root = _by_root(books)
    for supplier_id, entries in by_root.items():
        credits = {one.cause: one.amount_fen for one in entries if one.kind == "credit"}
        for one in entries:
            if one.kind == "settle" and one.cause in books.orders and credits.get(one.cause) != one.amount_fen:
                yield Finding("without_cause", one.id, f"settles what {one.cause} has not credited")
        waiting = sum(due["amount_fen"] for due in books.accounts.get(supplier_id, {}).get("due", ()))
        owed = _held(entries, f"payable:{supplier_id}")
        if waiting != owed:
            yield Finding("balance", supplier_id, f"is owed {owed} fen, of which {waiting} wait for their time")


def paid_out(books: Books) -> Iterator[Finding]:
    """A withdrawal ends once: paid or returned, in full; and the account knows which are on their way."""
    for supplier_id, entries in _by_root(books).items():
        asked = {one.cause: one.amount_fen for one in entries if one.kind == "withdraw"}
        ends: defaultdict[str, list[Entry]] = defaultdict(list)
        for one in entries:
            if one.kind in ("payout", "return"):
                ends[one.cause].append(one)
                if asked.get(one.cause) != one.amount_fen:
                    found = f"ends {one.amount_fen} fen, of which {asked.get(one.cause, 0)} were withdrawn"
                    yield Finding("without_cause", one.id, found)
        for withdrawal_id, ended in ends.items():
            if len({one.kind for one in ended}) > 1:
                yield Finding("paid_and_returned", withdrawal_id, f"was paid to {supplier_id}, and returned as well")
        known = set(books.accounts.get(supplier_id, {}).get("open", ()))
        for withdrawal_id in sorted(known ^ (asked.keys() - ends.keys())):
            found = f"{'is' if withdrawal_id in known else 'is not'} on its way for {supplier_id}, its postings differ"
            yield Finding("missing", withdrawal_id, found)


def rebuilt(books: Books) -> Iterator[Finding]:
    """An account's balances are the sums of its postings, made anew here; and it has as many as it says."""
    by_root = _by_root(books)
    for supplier_id, account in books.accounts.items():
        entries = by_root.get(supplier_id, [])
        for sort, field in HOLDS.items():
            fen = _held(entries, f"{sort}:{supplier_id}")
            if account["balances"][field] != fen:
                found = f"says {account['balances'][field]} fen {sort}, its postings come to {fen}"
                yield Finding("balance", supplier_id, found)
        if account["posted"] != len(entries):
            yield Finding("balance", supplier_id, f"says {account['posted']} postings, there are {len(entries)}")


def _of(sort: str, supplier_id: str) -> str:
    return f"{sort}:{supplier_id}" if sort in HOLDS else sort


def _by_root(books: Books) -> Mapping[str, list[Entry]]:
    found: defaultdict[str, list[Entry]] = defaultdict(list)
    for one in books.account_postings:
        found[one.root].append(one)
    return found


def _held(entries: list[Entry], account: str) -> int:
    return sum(one.amount_fen * ((one.credit == account) - (one.debit == account)) for one in entries)


RULES = (credited, moved_as_its_kind_says, settled, paid_out, rebuilt)
