"""What the public package chinesecalendar says of every day: one line `DATE WORKING NAME` a day for the years given.

Called by oracles.rs. Exit code 77: the package is not installed, so nothing was compared.
"""
import datetime
import sys

try:
    import chinese_calendar
except ImportError:
    sys.exit(77)


def main(first, last):
    day = datetime.date(first, 1, 1)
    while day.year <= last:
        name = chinese_calendar.get_holiday_detail(day)[1] or chinese_calendar.constants.workdays.get(day)
        print(day, int(chinese_calendar.is_workday(day)), name or "-", sep="\t")
        day += datetime.timedelta(days=1)


main(int(sys.argv[1]), int(sys.argv[2]))
