"""The same control number by two ways at once: one of the two is acted on, the other is refused."""

from trading import PROCESS
from x12_bytes import interchange, purchase_order

# Each worker looks whether the number was used before, and waits until the other has looked, too.
LOOK_AT_ONCE = f"""
import time
from odoo.addons.om_edi_x12.models.intake_reader import Reader
looks = Reader._used_before
def look_and_wait(self, isa):
    found = looks(self, isa)
    time.sleep(0 if found else 3)
    return found
Reader._used_before = look_and_wait
{PROCESS}
"""


def test_same_number_in_two_processes_at_once_is_acted_on_once(trading):
    trading.log_errors()
    line = [("1", "1", "EA", "100", "VN", "KET-1")]
    intakes = [
        trading.receive(interchange(purchase_order(f"SAME-{way}", line), control=5000)) for way in "AB"
    ]
    workers = [trading.start(LOOK_AT_ONCE) for _way in "AB"]
    for worker in workers:
        trading.finish(worker)
    trading.process()
    assert trading.value("SELECT count(*) FROM sale_order WHERE client_order_ref LIKE 'SAME-%%'") == 1
    found = trading.rows(
        """SELECT state, message LIKE '%%used this control number%%' FROM om_intake WHERE id IN %s""",
        tuple(intakes),
    )
    assert sorted(found, key=str) == [("done", None), ("failed", True)]
    # the database stopped one of the two; nothing else went wrong
    entries = trading.log_errors()
    assert entries and all("om_edi_interchange_unique_in" in entry for entry in entries)
