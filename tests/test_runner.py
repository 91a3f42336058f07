"""What `./om` relies on: which addons belong together, what in a log is ours, how results add up."""

import textwrap

import count_tests

import addons as addons_tool

MANIFESTS = {
    "om_hub": {"depends": ["sale_stock"]},
    "om_edi": {"depends": ["om_hub"]},
    "om_credit": {"depends": ["om_hub"]},
    "om_edi_credit": {"depends": ["om_edi", "om_credit"], "auto_install": True},
}


def test_closure_takes_what_an_addon_needs():
    assert addons_tool.closure(["om_edi"], MANIFESTS) == ["om_edi", "om_hub"]


def test_closure_takes_auto_installed_addons_along():
    assert addons_tool.closure(["om_edi", "om_credit"], MANIFESTS) == sorted(MANIFESTS)


def test_closure_of_nothing_named_is_everything():
    assert addons_tool.closure([], MANIFESTS) == sorted(MANIFESTS)


def test_addon_that_needs_one_of_others_is_installed_where_it_is_named():
    glue = {"om_edi_queue": {"depends": ["om_edi", "queue_job"], "auto_install": True}}
    known = {**MANIFESTS, **glue}
    assert "om_edi_queue" not in addons_tool.closure([], known)
    assert "om_edi_queue" not in addons_tool.closure(["om_edi"], known)
    assert addons_tool.closure(["om_edi_queue"], known) == ["om_edi", "om_edi_queue", "om_hub"]


def test_log_findings_are_warnings_of_ours_with_their_traceback(tmp_path):
    log = tmp_path / "odoo.log"
    log.write_text(
        textwrap.dedent("""\
        2026-01-02 10:00:00,000 1 INFO db odoo.addons.om_rma.models.om_rma: all is well
        2026-01-02 10:00:01,000 1 WARNING db odoo.addons.sale.models.sale_order: not ours
        2026-01-02 10:00:02,000 1 WARNING db odoo.modules.loading: The models ['om.rma'] have no access rules
        2026-01-02 10:00:03,000 1 ERROR db odoo.http: Exception during request handling.
        Traceback (most recent call last):
          File "/somewhere/addons/om_rma/controllers/portal.py", line 3, in page
        2026-01-02 10:00:04,000 1 ERROR db odoo.addons.om_rma.tests.test_tour.TestTour.browser: after the end
        """)
    )
    findings = addons_tool.log_findings(log)
    assert len(findings) == 2
    assert "no access rules" in findings[0]
    assert findings[1].endswith("line 3, in page")


def test_count_adds_lanes_and_takes_a_crash_as_a_failure(tmp_path):
    (tmp_path / "odoo.xml").write_text(
        "<testsuites><testsuite><testcase/><testcase><failure/></testcase>"
        "<testcase><skipped/></testcase></testsuite></testsuites>"
    )
    (tmp_path / "x12.xml").write_text("<testsuites><testsuite><testcase/></testsuite></testsuites>")
    (tmp_path / "system.crash").write_text("pytest ended with code 3")
    assert count_tests.count(tmp_path) == (2, 2, 1)


def test_a_run_without_tests_is_a_failure(tmp_path, capsys):
    assert count_tests.main(tmp_path) == 1
    assert capsys.readouterr().out == "0 passed, 0 failed\n"
