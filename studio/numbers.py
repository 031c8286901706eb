"""Numbers and values as the studio writes them: thousands, shares, durations, sizes."""

from datetime import datetime, timedelta

NO_BREAK = "\u00a0"


def format_count(number: int) -> str:
    """75,266."""
    return f"{number:,}"


def format_share(share: float, digits: int = 1) -> str:
    """73.7 % from .737, with a no-break space."""
    return f"{100 * share:.{digits}f}{NO_BREAK}%"


def format_probability(value: float, digits: int = 2) -> str:
    """.54 without the leading zero; 1 and above keep theirs."""
    if value != value:
        return "not a number"
    text = f"{value:.{digits}f}"
    return text.replace("0.", ".", 1) if text.startswith(("0.", "-0.")) else text


def format_of(part: int, whole: int) -> str:
    """74 of 99."""
    return f"{part:,} of {whole:,}"


def format_bytes(count: float) -> str:
    """83 MB, 1.4 GB: decimal units, as disks are sold."""
    for unit, size in (("TB", 1e12), ("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if count >= size:
            number = count / size
            digits = 1 if number < 10 and unit in ("TB", "GB") else 0
            return f"{number:.{digits}f}{NO_BREAK}{unit}"
    return f"{count:.0f}{NO_BREAK}bytes"


def format_duration(seconds: float) -> str:
    """12 s, 1 min 12 s, 2 h 5 min."""
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole}{NO_BREAK}s"
    if whole < 3600:
        return f"{whole // 60}{NO_BREAK}min {whole % 60}{NO_BREAK}s"
    return f"{whole // 3600}{NO_BREAK}h {whole % 3600 // 60}{NO_BREAK}min"


def format_moment(seconds: float, now: float | None = None) -> str:
    """14:02 for today, yesterday, then 12 Nov, then 12 Nov 2024."""
    moment = datetime.fromtimestamp(seconds)
    today = datetime.fromtimestamp(now) if now is not None else datetime.now()
    if moment.date() == today.date():
        return f"{moment:%H:%M}"
    if moment.date() == (today - timedelta(days=1)).date():
        return "yesterday"
    text = f"{moment.day} {moment:%b}"
    return text if moment.year == today.year else f"{text} {moment.year}"


def format_three_digits(value: float) -> str:
    """3.20, 0.512, 120: figures side by side with the same number of digits."""
    return f"{value:#.3g}".rstrip(".")


def format_exponent(value: float) -> str:
    """1.4e6, 2e-4: a number whose size alone matters."""
    mantissa, exponent = f"{value:.1e}".split("e")
    return f"{mantissa.removesuffix('.0')}e{int(exponent)}"


def format_number(value: float) -> str:
    """An option's number as a person types it: 0.0002 as 2e-4, 20.0 as 20."""
    if value == int(value) and abs(value) < 1e15:
        return str(int(value))
    if abs(value) < 1e-3:
        mantissa, _, exponent = f"{value:.6e}".partition("e")
        return f"{mantissa.rstrip('0').rstrip('.')}e{int(exponent)}"
    return f"{value:.10g}"


def format_value(value: object) -> str:
    """An option's value as people read it; what does not exist is a dash."""
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, list | tuple):
        return ", ".join(str(part) for part in value) or "none"
    if isinstance(value, float) and 0 < abs(value) < 1e-3:
        return format_number(value)
    return str(value)
