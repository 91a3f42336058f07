"""Findings: places, codes, sentences, severities; partner rules; totals, hierarchy and check digits."""

from __future__ import annotations

import pytest
import x12
from conftest import ORDER, codes_of, events_of, file_of, group_of, only_transaction, order_file, set_of

HEAD = ORDER[0]


def findings(body, **options):
    return only_transaction(order_file(body, **options)).findings


def test_a_finding_says_where_and_what():
    (finding,) = findings([HEAD, "N1*ST*SHOP", "PO1*1*5*EA", "N1*SF*MILL*9*123*****X"])
    assert (finding.interchange, finding.group, finding.transaction) == ("000000001", "1", "0001")
    assert (finding.segment, finding.segment_id, finding.loop) == (5, "N1", "PO1/N1")
    assert (finding.element, finding.component, finding.code, finding.value) == (9, None, "AK403:3", "X")
    assert finding.severity == "error"


def test_sentence_names_place_value_and_reason():
    (finding,) = findings([HEAD, "PO1*1*5*XX"])
    assert finding.message.startswith("PO103, unit of measure (segment 3, loop PO1): 'XX' is not a code")


def test_elements_that_a_later_release_may_have_added_are_remarks():
    body = [f"{HEAD}{'*' * 8}X", "PO1*1*5*EA"]
    severities = [f.severity for release in ("004010", "005010") for f in findings(body, release=release)]
    assert severities == ["error", "warning"]


def test_component_position():
    (finding,) = findings([HEAD, "PO1*1*5*EA", "SLN*1**I*5*EA>A"])
    assert (finding.element, finding.component, finding.code) == (5, 2, "AK403:6")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ([HEAD, "PO1*1*5*EA", "CTT*2"], ["AK403:7"]),
        ([HEAD, "PO1*1*5*EA", "CTT*1*6"], ["AK403:7"]),
        ([HEAD, "PO1*1*.18*EA", "PO1*2*1.8*EA", "PO1*3*18.01*EA", "CTT*3*1837"], []),
        ([HEAD, "PO1*1*.18*EA", "PO1*2*1.8*EA", "PO1*3*18.01*EA", "CTT*3*19.99"], []),
        ([HEAD, "PO1*1*.18*EA", "PO1*2*1.8*EA", "PO1*3*18.01*EA", "CTT*3*20"], ["AK403:7"]),
        ([HEAD, "PO1*1*-5*EA", "CTT*1*5"], []),
    ],
    ids=["count", "hash", "hash ignores the point", "plain sum", "neither", "hash ignores the sign"],
)
def test_totals(body, expected):
    assert [finding.code for finding in findings(body)] == expected


def test_totals_are_remarks_unless_the_partner_wants_errors():
    data = order_file([HEAD, "PO1*1*5*EA", "CTT*2"])
    assert only_transaction(data).status == "A"
    assert only_transaction(data, rules={"severity": {"COUNT": "error"}}).status == "E"
    assert codes_of(data, rules={"severity": {"COUNT": "off"}}) == []


@pytest.mark.parametrize(
    ("pair", "is_valid"),
    [
        ("UP*036000291452", True),
        ("UP*036000291453", False),
        ("UK*10036000291459", True),
        ("UK*10036000291458", False),
        ("EN*4006381333931", True),
        ("EN*4006381333932", False),
        ("UI*03600029145", True),
        ("UA*300450449108", True),
        ("VP*036000291453", True),
    ],
)
def test_gtin_check_digits(pair, is_valid):
    assert codes_of(order_file([HEAD, f"PO1*1*5*EA***{pair}"])) == ([] if is_valid else ["AK403:7"])


SHIPMENT = ["BSN*00*S1*20260102*1200*0001", "HL*1**S*1", "HL*2*1*O*1", "PRF*PO1", "HL*3*2*P*0"]


@pytest.mark.parametrize(
    ("mark", "is_valid"),
    [
        ("MAN*GM*00006141410000000012", True),
        ("MAN*AA*006141410000000012", True),
        ("MAN*GM*006141410000000012", False),
        ("MAN*GM*00006141410000000013", False),
        ("MAN*CP*1Z999AA10123456784", True),
    ],
    ids=["GM has the identifier", "AA has none", "GM without identifier", "check digit", "carrier's own"],
)
def test_sscc(mark, is_valid):
    data = order_file([*SHIPMENT, mark], set_id="856", group="SH")
    assert codes_of(data) == ([] if is_valid else ["AK403:7"])


@pytest.mark.parametrize(
    ("levels", "expected"),
    [
        (["HL*1**S*1", "HL*2*1*O*0"], []),
        (["HL*1**S", "HL*2*1*O", "HL*3*2*I", "HL*4*1*O"], []),
        (["HL*1**S*0", "HL*2*1*O*0"], ["AK403:7"]),
        (["HL*1**S*1"], ["AK403:7"]),
        (["HL*1**S", "HL*2*3*O", "HL*3*1*I"], ["AK403:7"]),
        (["HL*1**S", "HL*1*1*O"], ["AK403:7"]),
        (["HL*1**AG", "HL*2*1*K"], []),
    ],
    ids=[
        "codes",
        "no codes",
        "says no children",
        "says children",
        "later parent",
        "number twice",
        "other levels",
    ],
)
def test_hierarchy(levels, expected):
    data = order_file(["BSN*00*S1*20260102*1200", *levels], set_id="856", group="SH")
    assert codes_of(data) == expected


@pytest.mark.parametrize(
    ("structure", "levels", "is_skipped"),
    [
        ("0001", "SOPI", False),
        ("0001", "SOTPI", False),
        ("0001", "SOI", True),
        ("0001", "SI", True),
        ("0002", "SOIP", False),
        ("0002", "SOPI", True),
        ("0003", "SPOI", False),
        ("0004", "SOI", False),
        ("0004", "SI", True),
        ("", "SI", False),
        ("ZZZZ", "SI", False),
    ],
)
def test_levels_follow_the_structure_that_bsn05_announces(structure, levels, is_skipped):
    chain = [f"HL*{i}*{i - 1 if i > 1 else ''}*{level}" for i, level in enumerate(levels, 1)]
    data = order_file([f"BSN*00*S1*20260102*1200*{structure}", *chain], set_id="856", group="SH")
    found = [f for f in only_transaction(data).findings if "skips a level" in f.message]
    assert bool(found) == is_skipped
    assert all((f.code, f.element, f.severity) == ("AK403:7", 2, "warning") for f in found)


def test_ctt_of_a_ship_notice_counts_levels():
    data = order_file([*SHIPMENT, "CTT*3"], set_id="856", group="SH")
    assert codes_of(data) == []


def test_bounded_loop_must_close_under_its_name():
    body = [HEAD, "PO1*1*5*EA", "LS*LDT", "LDT*AF*2*DA", "LE*OTHER"]
    assert [(f.code, f.segment_id, f.element) for f in findings(body)] == [("AK403:7", "LE", 1)]


# Partner rules


def test_blanks_at_the_end_are_no_part_of_a_code():
    assert codes_of(order_file([*ORDER[:1], "N1*ST*SHOP*9 *123456789", *ORDER[1:]])) == []
    assert codes_of(order_file([*ORDER[:1], "N1*ST*SHOP* 9*123456789", *ORDER[1:]])) == ["AK403:7"]


def test_value_of_a_finding_is_told_as_it_was_sent():
    data = order_file(
        [*ORDER[:1], "REF*DP*1^2", "N1*ST*SH>OP", "N1*ST*SH\xc3\xb6\x07P", *ORDER[1:]], "005010"
    )
    findings = only_transaction(data).findings
    assert [finding.value for finding in findings] == ["1^2", "SH>OP", "SH\xf6\x07P"]
    assert "'1^2'" in findings[0].message


def test_partner_narrows_a_code_list():
    rules = {"codes": {"PO103": ["CA"]}}
    data = order_file([HEAD, "PO1*1*5*EA"])
    transaction = only_transaction(data, rules=rules)
    assert [(f.code, f.segment_id, f.element, f.severity) for f in transaction.findings] == [
        ("AK403:7", "PO1", 3, "error")
    ]
    assert codes_of(order_file([HEAD, "PO1*1*5*CA"]), rules=rules) == []


@pytest.mark.parametrize(
    ("required", "body", "expected"),
    [
        ("N1", [HEAD, "PO1*1*5*EA"], [("AK304:3", "N1", 4)]),
        ("N1", [HEAD, "N1*ST*A", "PO1*1*5*EA"], []),
        ("PO1/PID", [HEAD, "PO1*1*5*EA", "PID*F****A", "PO1*2*5*EA"], [("AK304:3", "PID", 6)]),
        ("PO1/PID", [HEAD, "PO1*1*5*EA", "PID*F****A"], []),
        ("PO1/PO4", [HEAD, "PO1*1*5*EA", "PO4*1"], []),
        ("BEG07", [HEAD, "PO1*1*5*EA"], [("AK403:1", "BEG", 2)]),
        ("PO104", [HEAD, "PO1*1*5*EA*2", "PO1*2*5*EA"], [("AK403:1", "PO1", 4)]),
    ],
)
def test_partner_requires(required, body, expected):
    found = only_transaction(order_file(body), rules={"required": {"850": [required]}}).findings
    assert [(f.code, f.segment_id, f.segment) for f in found] == expected


def test_partner_shortens_an_element():
    found = only_transaction(order_file(), rules={"max_length": {"BEG03": 2}}).findings
    assert [(f.code, f.element, f.value) for f in found] == [("AK403:5", 3, "PO1")]


def test_partner_accepts_some_sets_and_versions_only():
    assert codes_of(order_file(), rules={"sets": ["860"]}) == ["AK502:1"]
    assert "AK905:2" in codes_of(order_file(), rules={"versions": ["005010"]})


def test_partner_may_reuse_control_numbers_of_sets():
    data = file_of(group_of(set_of("850", ORDER) * 2))
    assert codes_of(data) == ["AK502:23"]
    assert codes_of(data, rules={"unique_transactions": False}) == []


def test_partner_decides_what_rejects():
    data = order_file([HEAD.replace("20260102", "20260230"), "PO1*1*5*EA"])
    assert only_transaction(data).status == "E"
    assert only_transaction(data, rules={"reject": ["AK403:8"]}).status == "R"


@pytest.mark.parametrize("rules", [{"colour": 1}, {"charset": "klingon"}, {"severity": {"AK403:7": "loud"}}])
def test_wrong_rules_are_refused(rules):
    with pytest.raises(ValueError):
        x12.Rules.from_dict(rules)


# Versions


@pytest.mark.parametrize("version", ["004010", "004010VICS", "004010UCS", "00401"])
def test_guides_of_a_release_are_judged_by_it(version):
    assert codes_of(order_file(release=version)) == []


def test_releases_between_are_judged_by_the_nearest_with_a_remark():
    data = order_file(release="004060").replace(b"*U*00401*", b"*^*00406*")
    (end,) = events_of(data, x12.GroupEnd)
    assert [(f.code, f.severity) for f in end.findings] == [("AK905:2", "warning")]
    assert "judged by the rules of 005010" in end.findings[0].message
    assert only_transaction(data).status == "A"


@pytest.mark.parametrize("version", ["999999", "003040", "ABC", ""])
def test_versions_too_far_reject_the_group(version):
    (end,) = events_of(order_file(release=version), x12.GroupEnd)
    assert (end.status, end.accepted) == ("R", 0) and "2" in end.ack_codes


def test_validation_can_be_left_out():
    data = order_file(["NONSENSE"])
    assert only_transaction(data, validate=False).findings == []


def test_many_errors_are_cut_off():
    body = [HEAD, *["PO1*1*FIVE*EA"] * 3000]
    transaction = only_transaction(order_file(body))
    assert transaction.status == "E" and len(transaction.findings) == 1000
