import { registry } from "@web/core/registry";

// Twenty orders wait, each for a cause of its own. No mouse: every step that acts is a key, pressed wherever
// the focus happens to be. Twenty-five keystrokes in all.
const see = (content, trigger) => ({ content, trigger });
const press = (content, keys, trigger = "body") => ({ content, trigger, run: `press ${keys}` });
const type = (text, trigger) => [...text].map((key) => press(`type ${text}`, key, trigger));

const selectAll = (count) => [
    press("from the search to the box that selects all", "ArrowDown", ".o_searchview_input:focus"),
    press("select all rows", "Space", "thead input:focus"),
    see("all are selected", `.o_selection_box:contains(${count})`),
];

registry.category("web_tour.tours").add("om_keyboard_release", {
    url: "/odoo/work-queue",
    steps: () => [
        see("twenty cases wait", ".o_pager_limit:contains(20)"),
        ...type("prc", ".o_searchview_input:focus"),
        press("only the prices", "Enter", ".o_searchview_autocomplete .o-dropdown-item:contains('prc')"),
        see("twelve of them", ".o_pager_limit:contains(12)"),
        ...selectAll(12),
        press("resolve", "Alt+r"),
        see("one cure for all", ".modal .alert:contains('12')"),
        press("correct to the pricelist", "Alt+q"),
        see("they are gone", ".o_nocontent_help"),
        press("back to all cases", "Backspace", ".o_searchview_input:focus"),
        see("the dates are left", ".o_pager_limit:contains(8)"),
        ...selectAll(8),
        press("resolve", "Alt+r"),
        see("one cure for all", ".modal .alert:contains('8')"),
        press("promise the day that is proposed", "Alt+q"),
        see("the queue is empty", ".o_nocontent_help:contains('Nothing to do')"),
        press("to the orders", "Control+k"),
        ...type("/orders", ".o_command_palette input:focus"),
        press("open them", "Enter", ".o_command_palette .o_command.focused:contains('Orders')"),
        see("twenty orders", ".o_list_view:contains('PO') .o_pager_limit:contains(20)"),
        ...selectAll(20),
        press("confirm", "Alt+q"),
        see("all confirmed", ".o_data_row:first .badge:contains('Sales Order')"),
    ],
});
