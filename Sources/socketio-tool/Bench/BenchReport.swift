/// What a load has shown, for people and for programs.
struct BenchReport {
    static let percentiles: [(name: String, part: Double)] = [
        ("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("p99.9", 0.999), ("max", 1),
    ]
    /// The characters of the longest bar.
    private static let barWidth = 40
    /// The most bars.
    private static let maxBars = 14

    let plan: BenchPlan
    let totals: BenchTotals
    let connected: Int
    let time: Duration

    private var perSecond: Double { Double(totals.latencies.count) / max(time / .seconds(1), 0.001) }
    private var errors: Int { totals.errors.values.reduce(0, +) }
    private var sortedErrors: [(key: String, value: Int)] {
        totals.errors.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
    }

    /// The report as lines.
    func text(_ console: Console) -> String {
        var lines = [
            plan.description, "",
            "acknowledged  \(totals.latencies.count) in \(Self.number(time / .seconds(1))) s, "
                + console.styled("\(Self.number(perSecond)) events/s", .bold),
            "errors        " + (errors == 0 ? "none" : console.styled("\(errors)", .red)),
        ]
        lines += sortedErrors.map { "              \($0.value) × \($0.key.visible)" }
        if totals.latencies.count > 0 {
            let latencies = Self.percentiles.map {
                "\($0.name) \(Self.milliseconds(totals.latencies.percentile($0.part)))"
            }
            lines += ["latency (ms)  " + latencies.joined(separator: "   "), ""] + bars(console)
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// The histogram: a bar for each range of times.
    private func bars(_ console: Console) -> [String] {
        let bounds = Self.bounds(from: totals.latencies.min, to: totals.latencies.max)
        let counts = totals.latencies.counts(upTo: bounds)
        let most = max(1, counts.max() ?? 1)
        let labels = bounds.map(Self.milliseconds)
        let width = labels.map(\.count).max() ?? 0
        return zip(labels, counts).map { label, count in
            let length = count == 0 ? 0 : max(1, count * Self.barWidth / most)
            let bar = String(repeating: "█", count: length).padded(to: Self.barWidth)
            let part = Self.fixed(Double(count) * 100 / Double(totals.latencies.count), 2)
            let indent = String(repeating: " ", count: width - label.count)
            return "  ≤ \(indent)\(label) ms  \(console.styled(bar, .cyan))  \(part) %"
        }
    }

    /// The ranges' ends in nanoseconds: 1, 2, 5, 10 and so on; where there would be too many, the first are one.
    static func bounds(from least: UInt64, to most: UInt64) -> [UInt64] {
        var bounds: [UInt64] = []
        var power: UInt64 = 1000
        while bounds.last ?? 0 < most {
            for step in [1, 2, 5] as [UInt64] where bounds.last ?? 0 < most && step * power >= least {
                bounds.append(step * power)
            }
            power *= 10
        }
        return bounds.suffix(maxBars)
    }

    /// The report for programs; times are microseconds.
    var json: JSONText {
        let latencies = totals.latencies
        let bounds = latencies.count == 0 ? [] : Self.bounds(from: latencies.min, to: latencies.max)
        return .object([
            ("connections", .number(connected)), ("seconds", .raw(Self.fixed(time / .seconds(1), 3))),
            ("acknowledged", .number(latencies.count)), ("perSecond", .raw(Self.fixed(perSecond, 1))),
            ("errors", .object(sortedErrors.map { ($0.key, .number($0.value)) })),
            (
                "latency",
                .object(
                    Self.percentiles.map { name, part in
                        (name, .raw(Self.fixed(Double(latencies.percentile(part)) / 1000, 1)))
                    })
            ),
            (
                "histogram",
                .array(
                    zip(bounds, bounds.isEmpty ? [] : latencies.counts(upTo: bounds)).map { bound, count in
                        .object([("upTo", .number(Int(bound / 1000))), ("count", .number(count))])
                    })
            ),
        ])
    }

    /// How far it is: `[#####-----]  50 %   12345 events/s`.
    static func progress(_ part: Double, acknowledged: Int, errors: Int, time: Duration) -> String {
        let done = min(1, max(0, part))
        let length = Int(done * 30)
        let bar = String(repeating: "#", count: length) + String(repeating: "-", count: 30 - length)
        let rate = number(Double(acknowledged) / max(time / .seconds(1), 0.001))
        return "[\(bar)] \(Int(done * 100)) %   \(rate) events/s" + (errors == 0 ? "" : "   \(errors) errors")
    }

    // MARK: Numbers

    static func milliseconds(_ nanoseconds: UInt64) -> String {
        let milliseconds = Double(nanoseconds) / 1_000_000
        return fixed(milliseconds, milliseconds < 10 ? 3 : milliseconds < 100 ? 2 : 1)
    }

    /// A number as people want it: without a fraction where it is large.
    static func number(_ value: Double) -> String { fixed(value, value < 100 ? 1 : 0) }

    private static func fixed(_ value: Double, _ digits: Int) -> String {
        let scale = (0..<digits).reduce(1) { power, _ in power * 10 }
        let scaled = Int((value * Double(scale)).rounded())
        guard digits > 0 else { return "\(scaled)" }
        let fraction = String(scaled % scale)
        return "\(scaled / scale)." + String(repeating: "0", count: digits - fraction.count) + fraction
    }
}
