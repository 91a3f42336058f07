import { useEffect } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { registry } from "@web/core/registry";
import { useBus, useService } from "@web/core/utils/hooks";
import { ListController } from "@web/views/list/list_controller";
import { listView } from "@web/views/list/list_view";

/**
 * A list that is worked off with the keyboard: where an action has taken its button away with the selection,
 * and the focus with it, the search box has it again, as when the list was opened.
 */
export class WorkListController extends ListController {
    setup() {
        super.setup();
        this.ui = useService("ui");
        // A dialog is closed after the list behind it was loaded, and then gives the focus to a button that
        // is not there any more.
        const later = () => browser.setTimeout(() => this.searchIfFocusIsLost());
        useEffect(
            () => {
                later();
            },
            () => [this.model.root]
        );
        useBus(this.ui.bus, "active-element-changed", later);
    }

    searchIfFocusIsLost() {
        const isLost = document.activeElement === document.body;
        // a dialog that is still open keeps its own focus
        if (isLost && !this.env.isSmall && this.ui.activeElement === document) {
            this.env.searchModel.trigger("focus-search");
        }
    }
}

registry.category("views").add("om_work_list", { ...listView, Controller: WorkListController });
