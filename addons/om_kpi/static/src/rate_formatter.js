import { registry } from "@web/core/registry";
import { formatPercentage } from "@web/views/fields/formatters";
import { percentageField } from "@web/views/fields/percentage/percentage_field";

/**
 * A rate as a percentage, and nothing at all where there is no rate: a group without a line that is
 * due has no service level, which is something else than 0%.
 */
export function formatRate(value, options) {
    return value === false || value === null || value === undefined ? "" : formatPercentage(value, options);
}
formatRate.extractOptions = formatPercentage.extractOptions;

registry.category("formatters").add("om_rate", formatRate);
registry.category("fields").add("om_rate", percentageField);
