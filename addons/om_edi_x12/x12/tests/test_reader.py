"""Reading: delimiters from the ISA, what stands around interchanges, files that are cut or rubbish."""

from __future__ import annotations

from datetime import datetime
from io import BytesIO

import pytest
import x12
from conftest import ORDER, codes_of, events_of, file_of, group_of, only_transaction, order_file, set_of


def kinds(data) -> list[str]:
    return [type(event).__name__ for event in x12.read(data)]


def test_every_sample_of_the_project_is_clean(sample):
    assert codes_of(sample) == []


def test_same_order_whatever_the_delimiters(sample):
    order = x12.PurchaseOrder.parse(only_transaction(sample))
    assert (order.number, len(order.lines), order.hash_total) == ("4500012345", 2, 140)
    assert order.lines[0].items == {"BP": "065322-117", "VP": "AB3542", "UP": "036000291452"}
    assert order.notes == ["DELIVER BETWEEN 7 AND 11 CALL THE DOCK FIRST"]
    assert [party.name for party in order.parties] == ["BIG BUYER INC", "BIG BUYER DC 7"]


def test_envelope_values():
    start, group, transaction, group_end, end = x12.read(order_file())
    assert (start.isa.sender_qualifier, start.isa.sender_id) == ("ZZ", "BUYER")
    assert (start.isa.control_number, start.isa.ack_requested, start.isa.usage) == (1, False, "P")
    assert start.delimiters == x12.Delimiters(b"*", b">", b"~", None)
    assert (group.functional_id, group.control_number, group.version) == ("PO", 1, "004010")
    assert (transaction.set_id, transaction.control_number, transaction.status) == ("850", "0001", "A")
    assert transaction.segments[2] == ["PO1", "1", "5", "EA", "2.50"]
    assert transaction.raw.startswith(b"ST*850") and transaction.raw.endswith(b"SE*5*0001~")
    assert order_file()[transaction.offset :].startswith(transaction.raw)
    assert (group_end.declared, group_end.received, group_end.accepted) == (1, 1, 1)
    assert (end.status, end.note) == ("A", "000")


def test_isa11_separates_repetitions_only_from_00402_on():
    in_00401 = order_file([*ORDER[:1], "N1*ST*U U U", *ORDER[1:]])
    assert events_of(in_00401, x12.InterchangeStart)[0].delimiters.repetition is None
    assert codes_of(in_00401) == []
    in_00501 = order_file(release="005010")
    assert events_of(in_00501, x12.InterchangeStart)[0].delimiters.repetition == b"^"


@pytest.mark.parametrize("blank", [b"\r", b"\n", b"\t", b" "])
def test_blank_in_isa11_separates_nothing_and_is_answered_with_a_separator(blank):
    data = order_file().replace(b"*U*00401*", b"*" + blank + b"*00501*")
    events = list(x12.read(data))
    assert events[0].delimiters.repetition is None
    (answer,) = x12.answer(events, 1, datetime(2026, 1, 2), always_ta1=True)
    assert next(x12.read(answer)).delimiters.repetition == b"^"


@pytest.mark.parametrize("before", [b"\xef\xbb\xbf", b"\r\n\r\n", b"  \t", b"\x00\x00"])
def test_blanks_before_the_isa_are_nothing(before):
    assert codes_of(before + order_file()) == []


@pytest.mark.parametrize("after", [b"\r\n", b"\x1a", b"\x00\x00", b"\n\n\n"])
def test_blanks_after_the_iea_are_nothing(after):
    assert codes_of(order_file() + after) == []


@pytest.mark.parametrize("line_break", [b"\n", b"\r\n", b"\r", b"\n\n", b"\n   "])
def test_line_breaks_after_terminators_are_nothing(line_break):
    assert codes_of(order_file().replace(b"~", b"~" + line_break)) == []


def test_missing_last_terminator_is_forgiven():
    assert codes_of(order_file().rstrip(b"~")) == []


def test_several_interchanges_each_with_its_own_delimiters():
    other = order_file(control=2).replace(b"*", b"|").replace(b"~", b"!").replace(b">", b"<")
    data = order_file() + b"\r\n" + other + order_file(release="005010", control=3)
    starts = events_of(data, x12.InterchangeStart)
    assert [start.delimiters.element for start in starts] == [b"*", b"|", b"*"]
    assert codes_of(data) == []
    assert len(events_of(data, x12.Transaction)) == 3


def test_offsets_hold_in_the_second_interchange():
    data = order_file() + order_file()
    for transaction in events_of(data, x12.Transaction):
        assert data[transaction.offset :].startswith(transaction.raw)


def test_interchange_without_groups_holds_a_ta1():
    data = file_of(["TA1*000000007*260102*1200*R*025"])
    (ack,) = events_of(data, x12.InterchangeAck)
    assert (ack.control_number, ack.status, ack.note) == (7, "R", "025")
    assert codes_of(data) == []


def test_group_without_transactions():
    (end,) = events_of(file_of(group_of([])), x12.GroupEnd)
    assert (end.received, end.status) == (0, "A")


def test_isa_of_other_width_is_read_with_a_finding():
    data = order_file().replace(b"BUYER          *", b"BUYER*", 1)
    start = events_of(data, x12.InterchangeStart)[0]
    assert start.isa.sender_id == "BUYER"
    assert codes_of(data) == ["TA105:022"]
    assert events_of(data, x12.InterchangeEnd)[0].status == "E"


def test_isa16_left_out_before_line_breaks():
    data = order_file().replace(b">~", b"~\n", 1).replace(b"~", b"~\n").replace(b"~\n\n", b"~\n", 1)
    assert events_of(data, x12.InterchangeStart)[0].delimiters.terminator == b"~"
    assert events_of(data, x12.Transaction)[0].status == "A"
    assert "TA105:027" in codes_of(data)


def test_file_wrapped_at_80_columns():
    data = order_file()
    wrapped = b"\r\n".join(data[i : i + 80] for i in range(0, len(data), 80))
    assert codes_of(wrapped) == []
    assert only_transaction(wrapped).segments == only_transaction(data).segments


def test_isa_that_is_wrapped_and_of_other_width():
    data = order_file().replace(b"*ZZ*BUYER  ", b"*ZZ*BUYER    ").replace(b"*1200*U", b"*12\n00*U")
    (start,) = events_of(data, x12.InterchangeStart)
    assert start.isa.time == "1200"
    assert codes_of(data) == ["TA105:022"]


@pytest.mark.parametrize(
    ("old", "new"),
    [(b"*20260102*1200*1*X*", b"*260102*1200*1*X*"), (b"*1*X*004010", b"*1*Q*004010")],
    ids=["date of the group without century", "agency of the group"],
)
def test_group_header_is_checked(old, new):
    assert codes_of(order_file().replace(old, new)) == ["TA105:024"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"SE*5*0001", b"SE*" + b"9" * 5000 + b"*0001"),
        (b"*0001~", b"*" + b"9" * 5000 + b"~"),
        (b"CTT*1*5", b"CTT*1*" + b"9" * 5000),
        (b"GE*1*1", b"GE*1*" + b"9" * 5000),
        (b"IEA*1", b"IEA*" + b"9" * 5000),
    ],
    ids=["SE01", "ST02 and SE02", "CTT02", "GE02", "IEA01"],
)
def test_numbers_too_long_to_convert_are_findings(old, new):
    assert codes_of(order_file().replace(old, new))


def test_terminator_of_several_bytes():
    data = order_file().replace(b"~", "…".encode())
    assert only_transaction(data).status == "A"


def test_bytes_before_the_isa_are_a_finding():
    assert codes_of(b"HELLO " + order_file()) == ["TA105:022"]


def test_bytes_after_the_iea_are_a_finding():
    data = order_file() + b"GARBAGE" + order_file(control=2)
    assert codes_of(data) == ["TA105:022"]
    assert len(events_of(data, x12.Transaction)) == 2


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"", "empty"),
        (b" \r\n\x1a", "empty"),
        (bytes(range(256)) * 40, "No ISA"),
        (b"<?xml version='1.0'?><order/>", "No ISA"),
        (b"UNA:+.? 'UNB+UNOA:1+A+B+260102:1200+1'", "No ISA"),
        (order_file().decode().encode("utf-16"), "UTF-16"),
        (b"ISA*00*    ", "cut"),
    ],
)
def test_what_is_no_interchange_is_unreadable(data, what):
    with pytest.raises(x12.UnreadableError, match=what) as caught:
        list(x12.read(data))
    assert caught.value.offset >= 0 and isinstance(caught.value, x12.X12Error)


@pytest.mark.parametrize("length", range(110, len(order_file()), 7))
def test_cut_file_ends_its_group_and_interchange(length):
    data = order_file()[:length]
    names = kinds(data)
    assert names[0] == "InterchangeStart" and names[-1] == "InterchangeEnd"
    assert names.count("GroupStart") == names.count("GroupEnd")
    assert events_of(data, x12.InterchangeEnd)[-1].status == "R"
    for group_end in events_of(data, x12.GroupEnd):
        assert group_end.status == "R" or length > data.find(b"GE*")


def test_envelope_counts_and_numbers():
    data = order_file().replace(b"IEA*1*000000001", b"IEA*2*000000009")
    assert codes_of(data) == ["TA105:021", "TA105:001"]


@pytest.mark.parametrize(
    "stub",
    [
        b"ISA*00*   ",
        b"ISA*00*          *00*          \r\n",
        b"ISA*1*2*3*4*5*6*7*8*9*10*11*12*13*14*15*16*17~",
    ],
    ids=["short", "cut", "of other things"],
)
def test_isa_that_can_not_be_read_spoils_no_other(stub):
    assert codes_of(order_file() + stub) == ["TA105:022"]
    assert codes_of(order_file() + stub + order_file(control=2)) == ["TA105:022"]
    assert len(events_of(order_file() + stub + order_file(control=2), x12.Transaction)) == 2
    with pytest.raises(x12.UnreadableError, match="cut"):
        list(x12.read(stub))


def test_control_number_of_an_interchange_is_used_once():
    data = order_file(control=7) + order_file(control=8) + order_file(control=7)
    assert codes_of(data) == ["TA105:025"]
    assert [end.status for end in events_of(data, x12.InterchangeEnd)] == ["A", "A", "R"]
    assert codes_of(data, rules={"unique_interchanges": False}) == []
    assert codes_of(order_file() + order_file().replace(b"*ZZ*BUYER ", b"*ZZ*OTHER ")) == []


def test_missing_isa_between_interchanges_of_missing_iea():
    data = order_file()[: -len(b"IEA*1*000000001~")] + order_file()
    assert codes_of(data) == ["TA105:023"]
    assert [end.status for end in events_of(data, x12.InterchangeEnd)] == ["R", "A"]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 50, 1000])
def test_reading_in_pieces_gives_the_same(size, sample):
    class Drip:
        def __init__(self):
            self.file = BytesIO(sample + sample)

        def read(self, _size):
            return self.file.read(size)

    whole, dripped = list(x12.read(sample + sample)), list(x12.read(Drip()))
    assert [type(event) for event in dripped] == [type(event) for event in whole]
    for one, other in zip(whole, dripped, strict=True):
        if isinstance(one, x12.Transaction):
            assert (one.raw, one.offset) == (other.raw, other.offset)


def test_text_is_utf8_where_it_is_and_latin1_where_it_is_not():
    body = ["BEG*00*SA*PO1**20260102", "N1*ST*CAFÉ MÜLLER", "PO1*1*5*EA"]
    latin = order_file(body)
    as_utf8 = latin.decode("latin-1").encode()
    for data in (latin, as_utf8):
        assert only_transaction(data).segments[2][2] == "CAFÉ MÜLLER"
        assert codes_of(data) == []


def test_agreed_charset_decides_how_bytes_are_read():
    data = order_file(["BEG*00*SA*PO1**20260102", "N1*ST*CAFÉ", "PO1*1*5*EA"]).decode("latin-1").encode()
    assert only_transaction(data, rules={"charset": "utf-8"}).segments[2][2] == "CAFÉ"
    assert only_transaction(data, rules={"charset": "extended"}).segments[2][2] == "CAFÃ\x89"


def test_length_counts_characters_not_bytes():
    body = ["BEG*00*SA*PO1**20260102", f"N1*ST*{'Ä' * 60}", "PO1*1*5*EA"]
    assert codes_of(order_file(body).decode("latin-1").encode()) == []


def test_declared_character_set():
    body = ["BEG*00*SA*PO1**20260102", "N1*ST*Shop @ corner", "PO1*1*5*EA"]
    assert codes_of(order_file(body)) == []
    assert codes_of(order_file(body), rules={"charset": "basic"}) == ["AK403:6"]


def test_memory_does_not_grow_with_the_number_of_transactions():
    import tracemalloc

    def peak(count: int) -> int:
        sets = [segment for i in range(count) for segment in set_of("850", ORDER, f"{i + 1:06d}")]
        file = BytesIO(file_of(group_of(sets)))
        tracemalloc.start()
        for _event in x12.read(file):
            pass
        size = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return size

    peak(100)
    assert peak(30_000) < peak(3_000) + 3_000_000


def test_source_must_be_binary():
    with pytest.raises(TypeError):
        list(x12.read("ISA*00"))
