"""Writes the tables of this folder from a JSON file of X12 structure facts.

    python generate.py FACTS.json

Run by hand, once per correction; the library only reads the text files, which are kept in the repository
and are meant to be read and compared by people.  What is carried is bare facts of the standard: ids, order,
requirement, maximum use, nesting, data type, length and relational conditions.  No text of the standard is
copied: labels (`labels.py`) and code lists (`codes.txt`) are our own.

Formats, one row per line:

    sets_RELEASE.txt   850 PO ST:1:1 BEG:1:1 CUR:0:1 REF:0:* ( SAC:0:25 CUR:0:1 ) ...
                       `id:min:max`; a parenthesis opens a loop, headed by its trigger with the loop's own
                       requirement and maximum
    segments.txt       004010 PO1 350 330 355 ... ; C0302 P0607
                       element numbers in order, `!` marks a mandatory one; relational conditions follow
    elements.txt       004010 350 AN 1 20
    In segments.txt and elements.txt a row of release 005010 replaces the row of 004010.
"""

import json
import sys
from pathlib import Path

HERE = Path(__file__).parent

FUNCTIONAL_GROUPS = {
    "180": "AN", "810": "IN", "812": "CD", "820": "RA", "824": "AG", "832": "SC", "846": "IB", "850": "PO",
    "855": "PR", "856": "SH", "860": "PC", "865": "CA", "940": "OW", "943": "AR", "944": "RE", "945": "SW",
    "997": "FA", "999": "FA",
}  # fmt: skip

IMPLEMENTATION_ACK = (
    "ST:1:1 AK1:1:1 ( AK2:0:* ( IK3:0:* CTX:0:10 ( IK4:0:* CTX:0:10 ) ) IK5:1:1 ) AK9:1:1 SE:1:1"
)

# Service segments and composites are not part of the facts file: X12.5, X12.6 and the composite directory.
SERVICE_SEGMENTS = {
    "004010": {
        "GS": "479! 142! 124! 373! 337! 28! 455! 480!",
        "GE": "97! 28!",
        "IEA": "I16! I12!",
        "TA1": "I12! I08! I09! I17! I18!",
        "C001": "355! 1018 649 355 1018 649 355 1018 649 355 1018 649 355 1018 649",
        "C002": "704! 704 704 704 704",
        "C030": "722! 1528",
        "C040": "128! 127! 128 127 128 127 ; P0304 P0506",
    },
    "005010": {
        "ST": "143! 329! 1705",
        "AK1": "479! 28! 480",
        "AK2": "143! 329! 1705",
        "N4": "19 156 116 26 309 310 1715 ; E0207 C0605 C0704",
        "NM1": "98! 1065! 1035 1036 1037 1038 1039 66 67 706 98 1035 ; P0809 C1110 C1203",
        "MEA": "737 738 739 C001 740 741 935 936 752 1373 1270 1271 "
        "; R03050608 C0504 C0604 L07030506 E0803 P1112",
        "MTX": "363 1551 1551 934 1470 1402 ; C0102 C0302",
        "C030": "722! 1528 1686",
        "C998": "9999! 9998",
        "C999": "725! 725",
        "CTX": "C998! 721 719 447 C030 C999",
        "IK3": "721! 719! 447 620",
        "IK4": "C030! 725 621! 724",
        "IK5": "717! 618 618 618 618 618",
    },
}

# Segments whose number of elements is the same in both releases, as guides of 005010 show.  The facts file
# has the elements of 004010 only; what is not listed here or above may have grown at the end.
UNCHANGED = "AK3 AK4 AK5 AK9 CTT DTM HL LE LIN LS LX MAN N1 N2 N3 PER PID PO1 REF SE TDS".split()

SERVICE_ELEMENTS = {
    "004010": {
        "142": "AN 2 15", "124": "AN 2 15", "455": "ID 1 2", "480": "AN 1 12", "337": "TM 4 8",
        "I08": "DT 6 6", "I09": "TM 4 4", "I12": "N0 9 9", "I16": "N0 1 5", "I17": "ID 1 1", "I18": "ID 3 3",
        "28": "N0 1 9",
        # Sources disagree (18 or 20): the wider one, so that no legal file is refused.
        "739": "R 1 20", "740": "R 1 20", "741": "R 1 20", "1551": "AN 1 4096",
    },
    "005010": {
        "127": "AN 1 50", "364": "AN 1 256", "358": "R 1 15", "382": "R 1 15", "610": "N2 1 18",
        "719": "N0 1 10", "618": "ID 1 3", "620": "ID 1 3", "621": "ID 1 3", "1035": "AN 1 60",
        "1036": "AN 1 35", "1686": "N0 1 4", "1705": "AN 1 35", "1715": "ID 1 3", "1270": "ID 1 3",
        "1271": "AN 1 30", "1402": "ID 1 2", "1470": "N0 1 9", "9998": "AN 1 35", "9999": "AN 1 35",
    },
}  # fmt: skip


def main(facts_file):
    facts = json.loads(Path(facts_file).read_text())
    for release in ("004010", "005010"):
        write_sets(release, facts[release])
    used = {row[1] for release in ("004010", "005010") for rows in facts[release].values() for row in rows}
    write_segments(facts, used)


def write_sets(release, sets):
    lines = [f"{set_id} {FUNCTIONAL_GROUPS[set_id]} {nest(rows)}" for set_id, rows in sorted(sets.items())]
    if release == "005010":
        lines.append(f"999 FA {IMPLEMENTATION_ACK}")
    (HERE / f"sets_{release}.txt").write_text("\n".join(lines) + "\n")


def nest(rows):
    """Flat rows (loop path, segment, kind, min, max) as one line with parentheses."""
    words, open_path = [], []
    for path, segment, kind, least, most in merge_bounded_loops(rows):
        path = path.split("/") if path else []
        parent = path[:-1] if kind == "L" else path
        while open_path[: len(parent)] != parent or len(open_path) > len(parent):
            open_path.pop()
            words.append(")")
        if kind == "L":
            words.append("(")
            open_path.append(path[-1])
        words.append(f"{segment}:{least}:{most or '*'}")
    return " ".join(words + [")"] * len(open_path))


def merge_bounded_loops(rows):
    """832 005010 has two LS loops in a row, told apart by LS01 only: one LS loop of twice the use."""
    seen = []
    for row in rows:
        path, segment, kind, least, _most = row
        if segment == "LS" and row in seen:
            seen[seen.index(row)] = [path, segment, kind, least, 2]
            seen.remove([path, "LE", "S", 1, 1])
        else:
            seen.append(list(row))
    return seen


def write_segments(facts, used):
    segments = {
        segment: words(facts["segments_004010"][segment])
        for segment in used
        if segment in facts["segments_004010"]
    }
    segments |= SERVICE_SEGMENTS["004010"]
    numbers = {word.strip("!") for row in segments.values() for word in row.split(";")[0].split()}
    numbers |= {
        word.strip("!") for row in SERVICE_SEGMENTS["005010"].values() for word in row.split(";")[0].split()
    }
    elements = {
        number: " ".join(map(str, facts["elements_004010"][number]))
        for number in numbers
        if number in facts["elements_004010"]
    }
    elements |= {k: v for k, v in SERVICE_ELEMENTS["004010"].items() if k in numbers}
    rows = [f"004010 {k} {v}" for k, v in sorted(segments.items())]
    later = {id_: segments[id_] for id_ in UNCHANGED} | SERVICE_SEGMENTS["005010"]
    rows += [f"005010 {k} {v}" for k, v in sorted(later.items())]
    (HERE / "segments.txt").write_text("\n".join(rows) + "\n")
    rows = [f"004010 {k} {v}" for k, v in sorted(elements.items())]
    rows += [f"005010 {k} {v}" for k, v in sorted(SERVICE_ELEMENTS["005010"].items())]
    (HERE / "elements.txt").write_text("\n".join(rows) + "\n")


def words(segment):
    numbers = [number + ("!" if use == "M" else "") for number, use, _repeat in segment["elements"]]
    # A condition "04: P0304" belongs to the composite in element 4 and stands with the composite.
    notes = [note for note in segment["notes"] if ":" not in note]
    return " ".join(numbers + ([";"] + notes if notes else []))


if __name__ == "__main__":
    main(sys.argv[1])
