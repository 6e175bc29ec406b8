"""What the terminal shows of a measuring: a line for every row and server."""

from .results import OURS, faults, figure, times_floor

#: Beyond this share of a processor, what others did is told beside a figure.
NEIGHBOURS = 0.2


def bound(row):
    if row.ratio:
        return f"≤ {row.ratio:.2f} ×"
    if row.most:
        return f"≤ {row.most:g}"
    if row.least:
        return f"≥ {row.least:g}"
    return ""


def holds(row, value):
    if value is None:
        return False
    if row.least:
        return value >= row.least
    return value <= (row.ratio or row.most)


def verdict(row, server, told):
    """PASS, MISS, FAULT, in how many runs it was held if not in all or none, or nothing where nothing was promised."""
    if faults(told) or figure(told, row) is None:
        return "FAULT"
    runs = told.get("promised")
    if server != OURS or not runs or all(value is None for value in runs):
        return ""
    held = sum(holds(row, value) for value in runs)
    return {0: "MISS", len(runs): "PASS"}.get(held, f"{held} of {len(runs)}")


def notes(row, told):
    """What a row tells besides its figure."""
    words = []
    if row.crowd > 1000 and told.get("connections", row.crowd) < row.crowd:
        words.append(f"{told['connections']:,} connections")
    if "alone_p99_us" in told and told.get("alone_p99_us") is not None:
        words.append(f"alone p50 {told['alone_p50_us']:.0f}, p99 {told['alone_p99_us']:.0f} µs")
        words.append(f"flood {told.get('flood_per_second') or 0:,.0f}/s")
    if "ceiling" in told:
        words.append(f"ceiling {told['ceiling']:.2f} ×, one loop {told['one_loop_per_second']:,.0f}/s")
    if told.get("requests_per_second"):
        words.append(f"{told['requests_per_second']:,.0f} requests/s")
    if told.get("pings"):
        words.append(f"{told['pings']:,} pings")
    if told.get("others_cores", 0) > NEIGHBOURS:
        words.append(f"others kept {told['others_cores']:.1f} processors busy")
    if told.get("said"):
        words.append(told["said"].splitlines()[0])
    return "; ".join(words)


def number(value, digits=0):
    return "-" if value is None else f"{value:,.{digits}f}"


def precise(value):
    """Three digits that count."""
    if value is None:
        return "-"
    return f"{value:,.{0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2 if abs(value) >= 1 else 3}f}"


def show(rows, results):
    """Prints the table; how many promises were broken."""
    print(f"\n{'row':<20}{'server':<18}{'figure':>9} {'unit':<18}{'× floor':>8}{'budget':>10}{'':>7}"
          f"{'messages/s':>12}{'p50 µs':>9}{'p99 µs':>9}{'p99.9':>9}")
    missed = 0
    for row in rows:
        medians = results.medians(row)
        for server, told in medians.items():
            value = figure(told, row)
            judged = verdict(row, server, told)
            missed += judged not in ("PASS", "")
            ratio = number(times_floor(told, row, medians.get("floor")), 2)
            print(f"{row.name:<20}{server:<18}{precise(value):>9} {row.unit:<18}{ratio:>8}"
                  f"{bound(row) if server == OURS else '':>10}{judged:>7}{number(told.get('messages_per_second')):>12}"
                  f"{number(told.get('p50_us')):>9}{number(told.get('p99_us')):>9}{number(told.get('p999_us')):>9}"
                  f"  {notes(row, told)}".rstrip())
    print()
    return missed
