import psycopg2

from odoo import SUPERUSER_ID, api
from odoo.sql_db import db_connect
from odoo.tests import BaseCase, get_db_name, tagged
from odoo.tools import mute_logger


@tagged("post_install", "-at_install")
class TestConcurrency(BaseCase):
    """Two sessions that decide on the same limit at the same time (T8.4), with real transactions."""

    def setUp(self):
        super().setUp()
        self.connection = db_connect(get_db_name())
        with self.connection.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            partner = env["res.partner"].create({"name": "Claimed twice"})
            self.account_id = env["om.credit.account"]._of(partner, env.company).id
            self.partner_id = partner.id
        self.addCleanup(self._clean_up)

    def _clean_up(self):
        with self.connection.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            env["om.credit.account"].browse(self.account_id).unlink()
            env["res.partner"].browse(self.partner_id).unlink()

    def _account(self, cr):
        return api.Environment(cr, SUPERUSER_ID, {})["om.credit.account"].browse(self.account_id)

    @mute_logger("odoo.sql_db")
    def test_second_session_waits_and_must_start_over(self):
        with self.connection.cursor() as first, self.connection.cursor() as second:
            # both have begun: their snapshots are of the same moment
            self._account(second).read(["claimed_at"])
            self._account(first)._claim()
            second.execute("SAVEPOINT waiting")
            second.execute("SET LOCAL lock_timeout = '200ms'")
            with self.assertRaises(psycopg2.errors.LockNotAvailable):
                self._account(second)._claim()
            second.execute("ROLLBACK TO SAVEPOINT waiting")
            first.commit()
            # Odoo repeats a request that ends so, on a new snapshot that has the first one's decision
            with self.assertRaises(psycopg2.errors.SerializationFailure):
                self._account(second)._claim()
            second.rollback()
            self._account(second)._claim()

    def test_same_account_created_twice_is_one(self):
        with self.connection.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            partner = env["res.partner"].browse(self.partner_id)
            self.assertEqual(env["om.credit.account"]._of(partner, env.company).id, self.account_id)
