"""Add up the reports of a test run and print its one closing line; exit 1 if anything failed.

A lane that crashed (NAME.crash) counts as one failure. A run that ran no test is a failure too.
"""

import sys
from pathlib import Path
from xml.etree import ElementTree


def count(folder):
    passed = skipped = 0
    failed = len(list(folder.glob("*.crash")))
    for report in folder.glob("*.xml"):
        for case in ElementTree.parse(report).getroot().iter("testcase"):
            results = {child.tag for child in case}
            if results & {"failure", "error"}:
                failed += 1
            elif "skipped" in results:
                skipped += 1
            else:
                passed += 1
    return passed, failed, skipped


def main(folder):
    passed, failed, skipped = count(Path(folder))
    if not passed + failed + skipped:
        print("no test matched", file=sys.stderr)
    print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    return 0 if passed + skipped and not failed else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
