import { registry } from "@web/core/registry";
import { stepUtils } from "@web_tour/tour_utils";

// An EDI specialist's morning: the monitor shows that a partner refuses our 856; the document says which value,
// its source is mended, and it goes out corrected.
registry.category("web_tour.tours").add("om_edi_refused_ship_notice", {
    url: "/odoo",
    steps: () => [
        stepUtils.showAppsMenuItem(),
        {
            content: "open Order Management",
            trigger: ".o_app[data-menu-xmlid='om_order_exceptions.menu_root']",
            run: "click",
        },
        {
            content: "open EDI",
            trigger: "button[data-menu-xmlid='om_edi_x12.menu_edi']",
            run: "click",
        },
        {
            trigger: ".dropdown-item[data-menu-xmlid='om_edi_x12.menu_edi_monitor']",
            run: "click",
        },
        {
            content: "the partner refuses something",
            trigger: ".o_kanban_record:contains('Bluebird Stores') a:contains('Refused by them')",
            run: "click",
        },
        {
            content: "it is an 856",
            trigger: ".o_list_view .o_data_row:contains('856') td[name='set_id']",
            run: "click",
        },
        {
            content: "the document says which value, and where it stands here",
            trigger: ".o_form_view .alert-danger:contains('ABSF'):contains('SCAC')",
        },
        {
            content: "the segment is marked",
            trigger: ".o_field_widget[name='side_by_side'] tr.table-danger:contains('TD5'):contains('ABSF')",
        },
        {
            content: "open what holds the value",
            trigger: "button[name='action_open_source']",
            run: "click",
        },
        {
            content: "the delivery",
            trigger: ".o_form_view .nav-link[name='extra']",
            run: "click",
        },
        {
            content: "mend it",
            trigger: ".tab-pane .o_field_widget[name='om_carrier_scac'] input",
            run: "edit ABFS && press Tab",
        },
        {
            trigger: ".o_form_button_save",
            run: "click",
        },
        {
            content: "it is saved; back to the document",
            trigger: ".o_form_saved, .o_form_view:not(:has(.o_form_button_save:visible))",
        },
        {
            trigger: ".o_back_button, .breadcrumb-item.o_back_button a",
            run: "click",
        },
        {
            content: "build it anew",
            trigger: "button[name='action_replay']:contains('Send Corrected')",
            run: "click",
        },
        {
            content: "what differs is shown first",
            trigger: ".modal .o_data_row:contains('ABSF'):contains('ABFS')",
        },
        {
            trigger: ".modal button[name='action_apply']:contains('Send Corrected')",
            run: "click",
        },
        {
            content: "another document goes in its place",
            trigger: ".o_form_view .o_field_widget[name='resend_ids'] .o_tag",
        },
    ],
});
