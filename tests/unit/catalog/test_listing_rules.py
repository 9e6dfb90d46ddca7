"""What is read from a description, field by field: the rules of `catalog/listing` on phrases of the trade."""

from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from catalog.domain.listing import fault_in
from catalog.listing.alike import Neighbour, completed
from catalog.listing.description import Unreadable, read
from catalog.listing.draft import draft_of, shortcomings
from catalog.listing.proposal import Proposal, proposed
from catalog.listing.quantities import number_of
from headwater_bench.listing.labelled import FIELDS, labelled, shares
from tests.unit.catalog.building import ladder


def of(text: str, title: str = "", *pictures: str) -> Proposal:
    """What is proposed of a text."""
    return proposed(read(title, text, pictures)[0])


def values(found: Any) -> list[Any]:
    return [one.value for one in found]


def steps(proposal: Proposal) -> list[tuple[int, int]]:
    ranges = proposal.price_ranges.value if proposal.price_ranges else ()
    return [(one.start_quantity, one.price_fen) for one in ranges]


# --- colours and sizes -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "colours"),
    [
        ("颜色：黑色、杏色、深蓝", ["black", "apricot", "dark blue"]),
        ("Colors: black / heather grey / navy blue. Ships fast", ["black", "heather grey", "navy"]),
        ("黑/灰/藏青 三色可选 M-3XL", ["black", "grey", "navy"]),
        ("白色white 黑色black", ["white", "black"]),
        ("颜色: 熊猫款、兔子款", ["熊猫款", "兔子款"]),
        ("红茶50克，网红款，银行转账", []),
        ("20米起批", []),
    ],
)
def test_colours_are_read_in_lists_and_after_their_word(text: str, colours: list[str]) -> None:
    assert values(of(text).colours) == colours


def test_pictures_name_colours_only_where_the_words_do_not() -> None:
    pictures = (
        "black_front.jpg",
        "winered_01.png",
        "酒红背面.jpg",
        "IMG_2041.jpg",
        "https://x.example/a/navy-blue.jpg",
    )
    found = of("现货", "连衣裙", *pictures).colours
    assert values(found) == ["black", "wine red", "navy"]
    assert {one.source for one in found} == {"picture"}
    assert values(of("颜色：白", "连衣裙", *pictures).colours) == ["white"]


@pytest.mark.parametrize(
    ("text", "sizes"),
    [
        ("S-3XL", ["S", "M", "L", "XL", "2XL", "3XL"]),
        ("尺码 S/M/L/XXL", ["S", "M", "L", "2XL"]),
        ("L to 5XL", ["L", "XL", "2XL", "3XL", "4XL", "5XL"]),
        ("均码", ["one size"]),
        ("Free size, black", ["one size"]),
        ("36-40码", ["36", "37", "38", "39", "40"]),
        ("身高90-120", ["90", "100", "110", "120"]),
        ("尺码 59/66/73", ["59", "66", "73"]),
        ("EU 36-37, 38-39, 40-41", ["36-37", "38-39", "40-41"]),
        ("S 50x40cm, M 60x50cm", ["S", "M"]),
        ("30*40厘米 / 1.5x2米", ["30x40cm", "1.5x2m"]),
        ("350毫升 500ml", ["350ml", "500ml"]),
        ("大号 中号 小号", ["large", "medium", "small"]),
        ("跟高8cm 幅宽150cm", []),
        ("10-49 pcs 30 yuan", []),
        ("It's a M from me", []),
    ],
)
def test_sizes_are_letters_numbers_measures_or_words(text: str, sizes: list[str]) -> None:
    assert values(of(text).sizes) == sizes


# --- prices ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "prices", "minimum", "multiple"),
    [
        ("2件起批 35元, 100件以上 32元", [(2, 3500), (100, 3200)], 2, 1),
        ("1-9 pcs 60 yuan, 10-99 pcs 55 yuan, 100+ 49.5 yuan", [(1, 6000), (10, 5500), (100, 4950)], 1, 1),
        ("¥25.00/pc for 10~99, ¥22.00/pc for 100~499", [(10, 2500), (100, 2200)], 10, 1),
        ("8.5元(≥20条), 7.2元(≥200条)", [(20, 850), (200, 720)], 20, 1),
        ("MOQ: 20, RMB 55; >=1,000: RMB 49", [(20, 5500), (1000, 4900)], 20, 1),
        ("15元/个 200个以上12元/个 起订量50个", [(50, 1500), (200, 1200)], 50, 1),
        ("一手6件 均价55元", [(6, 5500)], 6, 6),
        ("一手6件，5手起批，55元，满10手 50元", [(30, 5500), (60, 5000)], 30, 6),
        ("24 pcs per carton, sold by carton. ¥8/pc", [(24, 800)], 24, 24),
        ("12支一盒，按盒卖 18元/盒，50盒以上 16元", [(1, 1800), (50, 1600)], 1, 1),
        ("两件起 30元 一万件以上 20元", [(2, 3000), (10_000, 2000)], 2, 1),
        ("３件起批，单价４５元", [(3, 4500)], 3, 1),
        ("样品45元，10件起 39元", [(10, 3900)], 10, 1),
        ("现货，质量好", [], 1, 1),
    ],
)
def test_ladders_are_read_in_the_ways_they_are_written(
    text: str, prices: list[tuple[int, int]], minimum: int, multiple: int
) -> None:
    found = of(text)
    assert steps(found) == prices
    assert (found.minimum.value if found.minimum else 1, found.multiple.value if found.multiple else 1) == (
        minimum,
        multiple,
    )


@pytest.mark.parametrize(
    "text", ["20 USD for 10 pcs", "$2.5/set, 100 sets min", "10件起 30美元", "10 pcs €8", "10件 ¥500円"]
)
def test_other_money_is_never_taken_as_yuan_and_that_is_said(text: str) -> None:
    found = of(text)
    assert steps(found) == []
    assert [note.code for note in found.notes] == ["other_currency"]
    assert "no rate is guessed" in found.notes[0].detail


def test_a_price_that_rises_with_the_quantity_is_left_out_and_named() -> None:
    found = of("10件 30元，100件 32元，500件 28元")
    assert steps(found) == [(10, 3000), (500, 2800)]
    assert [note.code for note in found.notes] == ["price_rises"]


def test_a_minimum_that_is_no_multiple_is_raised_and_that_is_said() -> None:
    found = of("一手6件，10件起批，30元")
    assert (found.minimum and found.minimum.value, steps(found)) == (12, [(12, 3000)])
    assert [note.code for note in found.notes] == ["minimum_raised"]


@pytest.mark.parametrize(
    ("written", "number"),
    [("一", 1), ("十二", 12), ("两百", 200), ("一万", 10_000), ("1.5万", 15_000), ("5k", 5000), ("件", 0)],
)
def test_numbers_in_words(written: str, number: int) -> None:
    assert number_of(written) == number


# --- what it is ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("title", "text", "steps"),
    [
        ("亚麻衬衫 2件起批 35元", "100件以上 32元", [(2, 3500), (100, 3200)]),
        ("爆款衬衫 35元", "2件起批 30元", [(2, 3000)]),
        ("2件起批 35元", "2件起批 33元 100件以上 30元", [(2, 3300), (100, 3000)]),
        ("2件起批 30元", "100件以上 32元", [(100, 3200)]),
    ],
)
def test_a_ladder_that_the_title_begins_goes_on_in_the_text(
    title: str, text: str, steps: list[tuple[int, int]]
) -> None:
    found = of(text, title)
    assert found.price_ranges is not None
    assert [(one.start_quantity, one.price_fen) for one in found.price_ranges.value] == steps
    assert found.minimum is not None
    assert found.minimum.value == steps[0][0]


@pytest.mark.parametrize(
    ("title", "path"),
    [
        ("夏季碎花连衣裙女", "apparel/women/dresses"),
        ("Men's cotton t-shirt", "apparel/men/t-shirts"),
        ("女士T恤纯棉", "apparel/women/t-shirts"),
        ("skillet for induction", "home/kitchen/cookware"),
        ("狗狗牵引绳", "pets/leashes"),
        ("something else", None),
    ],
)
def test_the_category_is_what_the_title_calls_it(title: str, path: str | None) -> None:
    found = of("", title).category
    assert (found.value if found else None) == path


def test_attributes_keep_their_share_and_are_for_whom_they_are_for() -> None:
    found = of("面料：65%棉 35%涤纶，加绒，长袖", "女童卫衣秋冬").attributes
    assert set(values(found)) == {
        ("material", "65% cotton"), ("material", "35% polyester"), ("feature", "fleece-lined"),
        ("sleeve", "long sleeve"), ("season", "autumn"), ("season", "winter"), ("audience", "girls"),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "packaging", "source"),
    [("木架包装", "industry", "text"), ("opp袋装", "generic", "text"), ("现货", "industry", "rule")],
)
def test_packaging_is_the_texts_or_else_the_categorys(text: str, packaging: str, source: str) -> None:
    found = of(text, "不粘锅").packaging
    assert found is not None
    assert (found.value, found.source) == (packaging, source)


def test_conditions_of_the_sale_are_read_and_their_negations_are_not() -> None:
    found = of("包邮，支持混批，拿样138，30件起 118元")
    assert (found.free_shipping and found.free_shipping.value, found.mixed_batch and found.mixed_batch.value) == (
        True,
        True,
    )
    assert found.sample_price_fen is not None
    assert found.sample_price_fen.value == 13_800
    other = of("不包邮，不支持混批，sample 60 USD")
    assert (other.free_shipping, other.mixed_batch, other.sample_price_fen) == (None, None, None)


# --- similar offers --------------------------------------------------------------------------------------------------


def near(id: str, fen: int, minimum: int = 2, category: str = "apparel/women/dresses") -> Neighbour:
    return Neighbour(id, category, minimum, ladder((minimum, fen), (100, fen - 100)))


def test_a_price_that_nobody_said_is_the_median_of_similar_offers_and_says_which() -> None:
    description, _ = read("连衣裙", "现货")
    found = completed(proposed(description), description, [near("a", 3000), near("b", 5000), near("c", 4000)])
    assert steps(found) == [(2, 4000), (200, 3900)]
    assert found.price_ranges is not None
    assert (found.price_ranges.source, found.price_ranges.offers) == ("similar", ("a", "b", "c"))
    assert found.price_ranges.sure < 0.5
    assert "price_of_others" in [note.code for note in found.notes]


def test_prices_in_the_text_are_never_replaced_by_others() -> None:
    description, _ = read("连衣裙", "10件起 39元")
    assert steps(completed(proposed(description), description, [near("a", 3000)])) == [(10, 3900)]


def test_a_category_that_the_words_leave_open_is_that_of_most_similar_offers() -> None:
    description, _ = read("夏日小清新", "")
    found = completed(
        proposed(description), description, [near("a", 3000), near("b", 3000), near("c", 900, category="")]
    )
    assert found.category is not None
    assert (found.category.value, found.category.source, found.category.offers) == (
        "apparel/women/dresses", "similar", ("a", "b"),
    )  # fmt: skip
    assert found.packaging is not None


# --- the draft -------------------------------------------------------------------------------------------------------


def test_the_same_description_makes_the_same_draft_and_another_suppliers_other_skus() -> None:
    description, _ = read("连衣裙", "颜色：黑、星空紫 S-L")
    proposal = proposed(description)
    draft, again, others = (draft_of(description, proposal, who) for who in ("sup-1", "sup-1", "sup-2"))
    assert draft == again
    assert not {sku.sku_id for sku in draft.skus} & {sku.sku_id for sku in others.skus}
    assert [(sku.colour, sku.size) for sku in draft.skus][:4] == [
        ("black", "S"), ("black", "M"), ("black", "L"), ("星空紫", "S")
    ]  # fmt: skip


def test_a_grid_beyond_what_an_offer_holds_loses_its_last_colours_and_says_so() -> None:
    description, _ = read("连衣裙", "颜色：黑、白、红、蓝、绿、紫、灰、粉、黄、橙  尺码 30-60码")
    proposal = proposed(description)
    draft = draft_of(description, proposal)
    assert len(draft.skus) == 6 * 31
    assert len({sku.sku_id for sku in draft.skus}) == len(draft.skus)
    assert "too_many_skus" in [note.code for note in shortcomings(description, proposal)]


# --- hostile input ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("title", "text", "pictures", "said"),
    [
        ("", " \n\x00\u200b", [], "give a title or some lines"),
        ("x", "长" * 1_000_000, [], "1,000,000 characters; an offer's has 5,000: keep what buyers need"),
        ("x" * 201, "", [], "put the rest in the text"),
        ("x", "", ["a.jpg"] * 10_000, "10,000 pictures are named; an offer shows 20: choose some"),
    ],
)
def test_what_cannot_be_a_description_is_refused_with_what_to_do(
    title: str, text: str, pictures: list[str], said: str
) -> None:
    with pytest.raises(Unreadable, match=said):
        read(title, text, pictures)


def test_names_that_are_no_pictures_are_left_out_and_named() -> None:
    bad = ("../../etc/x.jpg", "42.zip", "a.jpg.zip", "C:\\x.jpg", "http://x/a.jpg", "x" * 300 + ".jpg", "a\x00.jpg", "")
    description, notes = read("连衣裙", "", ("front.jpg", *bad))
    assert description.pictures == ("front.jpg",)
    assert [note.code for note in notes] == ["picture_left_out"] * len(bad)
    assert not any("\x00" in note.detail or len(note.detail) > 250 for note in notes)


def test_what_cannot_be_seen_is_not_kept() -> None:
    description, _ = read("连\x07衣裙\u202e", "一\u200b行\x00\n二行")
    assert (description.title, description.text) == ("连 衣裙", "一 行 \n二行")


@pytest.mark.parametrize(
    "piece", ["1", "一", "1 ", "¥1", "≥1", "颜色:", "一百万", "1x", "S-", "1% cotton ", "一手1件", "("]
)
def test_no_text_takes_long(piece: str) -> None:
    description, _ = read("连衣裙", (piece * 5000)[:5000])
    of("warm", "up")
    began = time.process_time()
    draft_of(description, proposed(description))
    assert time.process_time() - began < 1.5


PIECES = (
    "一手6件", "999999999件起", "100件", "¥", "35元", "0.001元", "35.555元", "$9", "≥", "10-49", "一万",
    "MOQ ", "/", "，", ": ", "颜色：", "黑", "米", "深", "S-", "8XL", "XXXXXXL", "XXS", "36", "-40码", "x",
    "30*40cm", "%", "棉", "样品", "999999999", "包", "(", ")", "for ", "\n", "pcs", "100 pcs per carton",
    "整箱", "\u202e", "连衣裙", "dress", "黑白", "light ", "1,000",
)  # fmt: skip


@given(
    st.lists(st.sampled_from(PIECES), max_size=60).map("".join),
    st.lists(st.sampled_from(PIECES), max_size=8).map("".join),
)
@example("一手6件，999999999件起 35元", "")
@settings(max_examples=200, deadline=None)
def test_whatever_is_said_makes_a_draft_whose_prices_can_be_listed(text: str, title: str) -> None:
    description, _ = read(title, f"x{text}")
    draft = draft_of(description, proposed(description))
    assert draft.price_ranges == () or fault_in(draft) is None
    assert len({(sku.colour, sku.size) for sku in draft.skus}) == len({sku.sku_id for sku in draft.skus})


# --- the figure ------------------------------------------------------------------------------------------------------

FLOOR = 0.85


def test_most_fields_of_descriptions_that_were_held_back_are_right() -> None:
    assert len(labelled("held")) >= 50
    found = shares(proposed, "held")
    assert not {field: found[field] for field in FIELDS if found[field] < FLOOR}
