"""Attribute values as the wire has them ({"S": "a"}), made comparable. Nothing here knows of tables or of the server."""
import base64
import decimal
import hashlib

decimal.getcontext().prec = 300
SETS = ("SS", "NS", "BS")


def canonical(number):
    """The text that the service stores: 1.50 is 1.5, 1E2 is 100, -0 is 0."""
    value = decimal.Decimal(number)
    return "0" if value == 0 else format(value.normalize(), "f")


def normal(value):
    """The same value in the one form that == can compare: numbers canonical, sets sorted."""
    (kind, held), = value.items()
    if kind == "N":
        return {"N": canonical(held)}
    if kind == "NS":
        return {"NS": sorted(canonical(member) for member in held)}
    if kind in SETS:
        return {kind: sorted(held)}
    if kind == "L":
        return {"L": [normal(element) for element in held]}
    if kind == "M":
        return {"M": normal_item(held)}
    return {kind: held}


def normal_item(item):
    return {name: normal(value) for name, value in item.items()}


def kind_of(value):
    return next(iter(value))


def held(value):
    return next(iter(value.values()))


def ordinal(value):
    """What S, N and B values are ordered by within their kind."""
    kind, inner = kind_of(value), held(value)
    if kind == "N":
        return decimal.Decimal(inner)
    return inner.encode() if kind == "S" else base64.b64decode(inner)


def size_function(value):
    """The size() of the expression language, or None where there is none."""
    kind, inner = kind_of(value), held(value)
    if kind == "S":
        return len(inner.encode("utf-16-le")) // 2
    if kind == "B":
        return len(base64.b64decode(inner))
    return len(inner) if kind in SETS + ("L", "M") else None


def _digits(count):
    return (count + 1) // 2


def size(value):
    """Bytes by the service's rules (dynamodb_behaviours, "Size and capacity accounting")."""
    kind, inner = kind_of(value), held(value)
    if kind == "N":
        whole, _, fraction = inner.lstrip("-").partition(".")
        whole = whole.lstrip("0")
        if not fraction:
            whole = whole.rstrip("0")
        elif not whole:
            fraction = fraction.lstrip("0")
        return 1 + _digits(len(whole)) + _digits(len(fraction)) + inner.startswith("-")
    if kind in SETS:
        return sum(size({kind[0]: member}) for member in inner)
    if kind == "L":
        return 3 + sum(1 + size(element) for element in inner)
    if kind == "M":
        return 3 + len(inner) + item_size(inner)
    return 1 if kind in ("NULL", "BOOL") else len(ordinal(value))


def item_size(item):
    return sum(len(name.encode()) + size(value) for name, value in item.items())


def _number_bytes(text):
    """The bytes of a number that are hashed: 0x80 for zero, else an exponent byte and pairs of digits in base 100."""
    sign, digits, exponent = decimal.Decimal(text).normalize().as_tuple()
    if digits == (0,):
        return b"\x80"
    exponent += len(digits)  # 0.d1d2d3 * 10^exponent
    digits = list(digits)
    if exponent % 2:
        digits.insert(0, 0)
        exponent += 1
    if len(digits) % 2:
        digits.append(0)
    first = (exponent // 2 - 64) % 256
    pairs = [10 * digits[i] + digits[i + 1] for i in range(0, len(digits), 2)]
    if not sign:
        return bytes([first] + [pair + 1 for pair in pairs])
    return bytes([first ^ 0xFF] + [101 - pair for pair in pairs] + ([102] if len(pairs) < 20 else []))


def hash_place(value):
    """Where the service puts a partition key: the first three bytes of an MD5."""
    data = _number_bytes(held(value)) if kind_of(value) == "N" else ordinal(value)
    return hashlib.md5(b"Outliers" + data).digest()[:3]
