import io
import unittest
from datetime import date

from odoo.addons.om_order_exceptions.bulk_lines import read_rows


class TestBulkLines(unittest.TestCase):
    """Rows as people paste them; none is dropped."""

    def _items(self, text, **kwargs):
        return [
            (row.customer, row.item, row.quantity, row.problem) for row in read_rows(text.encode(), **kwargs)
        ]

    def test_columns_are_known_by_their_names_in_any_order(self):
        rows = read_rows(b"Qty;Part No.;PO Number;Unit Price\n5;KET-1;4711;9,50\n")
        self.assertEqual(
            (rows[0].item, rows[0].quantity, rows[0].po, rows[0].price), ("KET-1", 5, "4711", 9.5)
        )

    def test_without_names_two_columns_are_item_and_quantity(self):
        self.assertEqual(self._items("KET-1\t5\nTOA-1\t2\n"), [("", "KET-1", 5, ""), ("", "TOA-1", 2, "")])

    def test_without_names_three_columns_begin_with_the_customer(self):
        self.assertEqual(
            self._items("C1,KET-1,5\nC2,TOA-1,2\n"), [("C1", "KET-1", 5, ""), ("C2", "TOA-1", 2, "")]
        )

    def test_numbers_are_read_as_people_write_them(self):
        for written, decimal_point, number in (
            ("1,234.50", ".", 1234.5),
            ("1.234,50", ".", 1234.5),
            ("1,234", ".", 1234),
            ("1,234", ",", 1.234),
            ("1.234", ",", 1234),
            ("12,5", ".", 12.5),
            ("$ 7.25", ".", 7.25),
            ("1,234,567", ".", 1234567),
            ("0.500", ",", 0.5),
        ):
            with self.subTest(written=written, decimal_point=decimal_point):
                (row,) = read_rows(f"KET-1\t{written}".encode(), decimal_point=decimal_point)
                self.assertEqual(row.quantity, number)

    def test_what_can_not_be_read_is_kept_with_the_reason(self):
        rows = self._items(
            "sku\tqty\tprice\tdate\nKET-1\tmany\n\t5\nKET-1\t0\nKET-1\t-2\nKET-1\t1\tdear\nK\t1\t1\tsoon\n"
        )
        self.assertEqual(
            [problem for _c, _i, _q, problem in rows],
            ["quantity", "item", "quantity", "quantity", "price", "date"],
        )

    def test_rows_keep_their_number_and_their_text(self):
        rows = read_rows(b"sku,qty\nKET-1,5\n,\nTOA-1,x\n")
        self.assertEqual([(row.number, row.raw) for row in rows], [(2, "KET-1\t5"), (4, "TOA-1\tx")])

    def test_dates_are_read(self):
        for written in ("2027-03-04", "20270304", "03/04/2027", "04.03.2027", "04-Mar-2027"):
            (row,) = read_rows(f"sku\tqty\tdate\nKET-1\t1\t{written}".encode())
            self.assertEqual(row.day, date(2027, 3, 4), written)

    def test_quotes_blanks_and_byte_order_marks_do_no_harm(self):
        rows = read_rows('\ufeffsku,qty\n" KET-1\u00a0"," 5 "\n'.encode())
        self.assertEqual((rows[0].item, rows[0].quantity), ("KET-1", 5))

    def test_spreadsheet_is_read(self):
        from openpyxl import Workbook

        book = Workbook()
        for cells in (["SKU", "Qty", "Date"], [4711.0, 5, date(2027, 3, 4)], ["00815", "7", None]):
            book.active.append(cells)
        data = io.BytesIO()
        book.save(data)
        rows = read_rows(data.getvalue())
        self.assertEqual([(row.item, row.quantity) for row in rows], [("4711", 5), ("00815", 7)])
        self.assertEqual(rows[0].day, date(2027, 3, 4))

    def test_what_is_no_table_is_refused(self):
        for data in (b"PK\x03\x04 no spreadsheet", b"\x00\x01\x02"):
            with self.subTest(data=data), self.assertRaises(ValueError):
                read_rows(data)
