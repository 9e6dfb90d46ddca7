"""What a review says, as far as a small dictionary can tell, and what it must not pass on."""

from __future__ import annotations

import re
import time

import pytest

from reviews.domain import keywords as module
from reviews.domain.keywords import DICTIONARY, keywords, without_private

EXAMPLES = re.findall(r"^ {4}(\S.*?) {2,}(\S.*)$", module.__doc__ or "", re.MULTILINE)


@pytest.mark.parametrize(("text", "said"), EXAMPLES)
def test_the_table_in_the_docstring_is_true(text: str, said: str) -> None:
    assert ", ".join(sorted(keywords(text))) == said.replace("(none)", "")


@pytest.mark.parametrize(
    ("phrase", "keyword"), [(phrase, keyword) for keyword, phrases in DICTIONARY.items() for phrase in phrases]
)
def test_every_phrase_of_the_dictionary_says_its_keyword(phrase: str, keyword: str) -> None:
    for degree in ("", "非常" if not phrase.isascii() else "very "):
        assert keywords(f"这件 {phrase.replace('~', degree)} !") == {keyword}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("不是很偏小", set()),
        ("没觉得偏大", set()),
        ("无异味", set()),
        ("没有味道", set()),
        ("色差不大", set()),
        ("色差基本没有", set()),
        ("不会再来了", set()),
        ("no pilling, no bad smell", set()),
        ("it never really smells", set()),
        ("isn't a good quality", set()),
        ("well-stitched, tightly woven", set()),
        ("起球，不会回购", {"pilling"}),
        ("裤子偏小不合身", {"runs_small"}),
        ("不错！质量好", {"good_quality"}),
        ("COLOR IS DIFFERENT", {"colour_differs"}),
        ("ｒｕｎｓ ｓｍａｌｌ", {"runs_small"}),
        ("", set()),
    ],
)
def test_negations_and_near_misses(text: str, said: set[str]) -> None:
    assert keywords(text) == said


@pytest.mark.parametrize(
    ("text", "passed_on"),
    [
        ("加微信13812345678谢谢", "加微信▇▇▇谢谢"),
        ("tel. +86 138-1234-5678!", "tel. ▇▇▇!"),
        ("0571 8888 9999", "▇▇▇"),
        ("(0571) 8888-9999", "(▇▇▇"),
        ("邮箱li.wei+shop@mail.example.cn谢谢", "邮箱▇▇▇谢谢"),
        ("卡号６２２２０２１２３４５６", "卡号▇▇▇"),
        ("XI66781-L, 180 cm, 75 kg, 3 件", "XI66781-L, 180 cm, 75 kg, 3 件"),
    ],
)
def test_phones_accounts_and_addresses_are_masked_and_sizes_are_not(text: str, passed_on: str) -> None:
    assert without_private(text) == passed_on


@pytest.mark.parametrize(
    "text", ["a" * 2000, "1 " * 1000, "a.b@" * 500, "质量" + "很" * 1998, "not " * 500, "不" * 2000]
)
def test_the_longest_review_is_read_in_no_time(text: str) -> None:
    began = time.perf_counter()
    keywords(without_private(text))
    assert time.perf_counter() - began < 0.2
    assert len(without_private(text)) <= len(text)
