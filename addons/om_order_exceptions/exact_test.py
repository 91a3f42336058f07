"""Has a rate fallen, or is it chance? Fisher's exact test on two counts, in whole numbers.

Of orders received before a corrective action some were affected, of those received after it others
were. If the action had done nothing, the affected ones would be spread over both periods by chance:
the number after it would follow the hypergeometric distribution. The p-value is how likely so few (or
fewer) after it are then.
"""

from fractions import Fraction
from math import comb


def fisher_less(before, total_before, after, total_after):
    """One-sided p-value of "the rate after is lower than before".

    :param before: affected of ``total_before``
    :param after: affected of ``total_after``
    :return: probability of at most ``after`` affected in the second period if nothing had changed;
        1.0 where there is nothing to compare

    The tea-tasting lady, who named 3 of 4 cups rightly (17/70), and the textbook's table of 1 and 9
    against 11 and 3 (p = 0.00138):

    >>> round(fisher_less(3, 4, 1, 4), 6)
    0.242857
    >>> round(fisher_less(11, 14, 1, 10), 9)
    0.001379728
    >>> fisher_less(0, 100, 0, 100)
    1.0
    >>> fisher_less(5, 100, 0, 0)
    1.0
    """
    if min(before, after, total_before - before, total_after - after) < 0:
        raise ValueError("more affected than there were")
    affected = before + after
    everything = comb(total_before + total_after, affected)
    as_few = sum(
        comb(total_after, count) * comb(total_before, affected - count)
        for count in range(max(0, affected - total_before), after + 1)
    )
    return float(Fraction(as_few, everything))
