"""What the public package python-stdnum says of codes: reads `KIND BODY` lines, writes the check character of each.

Called by oracles.rs. Exit code 77: the package is not installed, so nothing was compared.
"""
import sys

try:
    from stdnum.cn import ric, uscc
    from stdnum.iso7064 import mod_37_36
except ImportError:
    sys.exit(77)

CHECKS = {
    "uscc": uscc.calc_check_digit,
    "citizen": lambda body: ric.calc_check_digit(body + "0"),
    "licence": mod_37_36.calc_check_digit,
}

VALID = {
    "uscc": uscc.is_valid,
    "citizen": lambda text: ric.calc_check_digit(text) == text[-1],
    "licence": mod_37_36.is_valid,
}

for line in sys.stdin:
    kind, text = line.split()
    print(CHECKS[kind](text[:-1]), int(VALID[kind](text)))
