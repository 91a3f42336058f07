"""The tables are complete in themselves."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest
from x12 import schema
from x12.tables.labels import CODES, ELEMENTS, SEGMENTS

LIBRARY = Path(schema.__file__).parent
SETS = "180 810 812 820 824 832 846 850 855 856 860 865 940 943 944 945 997".split()


@pytest.mark.parametrize("name", schema.RELEASES)
def test_every_set_is_there(name):
    assert sorted(schema.release(name).sets) == SETS + (["999"] if name == "005010" else [])


@pytest.mark.parametrize("name", schema.RELEASES)
def test_every_segment_and_element_is_described(name):
    facts = schema.release(name)
    for transaction_set in facts.sets.values():
        assert transaction_set.segment_ids <= facts.segments.keys()
    for segment in facts.segments.values():
        for number, _mandatory in segment.elements:
            assert number in (facts.segments if schema.COMPOSITE.match(number) else facts.elements)
        for condition in segment.conditions:
            assert max(condition.positions) <= len(segment.elements), (segment.id, str(condition))


def test_code_lists_have_the_number_of_codes_they_declare():
    for line in (LIBRARY / "tables" / "codes.txt").read_text().splitlines():
        if line.startswith("004010"):
            _release, number, declared, *words = line.split()
            codes = [code for word in words for code in schema.expand(word)]
            assert len(codes) == len(set(codes)) == int(declared.lstrip("=")), number


def test_codes_fit_their_elements():
    for name in schema.RELEASES:
        facts = schema.release(name)
        for number, codes in facts.codes.items():
            element = facts.elements.get(number)
            if element:
                assert all(element.least <= len(code) <= element.most for code in codes), number


def test_labels_name_things_that_exist():
    facts = schema.release("005010")
    assert {id_ for id_ in SEGMENTS if id_ not in facts.segments} <= {"MSG"}
    for number, codes in CODES.items():
        assert codes.keys() <= facts.codes.get(number, codes.keys()), number
    assert all(
        label == label.strip() and len(label) < 40 for label in [*SEGMENTS.values(), *ELEMENTS.values()]
    )


@pytest.mark.parametrize(
    ("version", "name"),
    [
        ("004010", "004010"),
        ("004010VICS", "004010"),
        ("004060", "005010"),
        ("005010X231A1", "005010"),
        ("007040", "005010"),
        ("003040", None),
        ("", None),
        ("X12", None),
    ],
)
def test_release_that_judges_a_version(version, name):
    assert schema.nearest_release(version) == name


def test_library_needs_the_standard_library_only():
    for path in LIBRARY.rglob("*.py"):
        if {"tests", "fuzz"} & set(path.relative_to(LIBRARY).parts):
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                assert all(alias.name.split(".")[0] in sys.stdlib_module_names for alias in node.names), path
            elif isinstance(node, ast.ImportFrom) and not node.level:
                assert node.module.split(".")[0] in sys.stdlib_module_names, path
