from contextlib import closing

import psycopg2

from odoo.tests import tagged
from odoo.tools import mute_logger

from ..serialize import serialize
from .common import ReturnsCommon


@tagged("post_install", "-at_install")
class TestConcurrency(ReturnsCommon):
    def test_who_waited_must_look_again(self):
        """A lock alone would let the second transaction go on with what it read before."""
        with closing(self.registry.cursor()) as first, closing(self.registry.cursor()) as second:
            rows = [self.env.ref("base.main_partner").with_env(self.env(cr=cr)) for cr in (first, second)]
            second.execute("SELECT count(*) FROM res_partner")  # takes its snapshot
            serialize(rows[0])
            first.commit()
            with mute_logger("odoo.sql_db"), self.assertRaises(psycopg2.errors.SerializationFailure):
                serialize(rows[1])

    def test_nothing_to_serialize(self):
        before = self.env.cr.sql_log_count
        serialize(self.env["sale.order.line"])
        self.assertEqual(self.env.cr.sql_log_count, before)
