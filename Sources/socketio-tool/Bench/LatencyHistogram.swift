/// How often which time was taken, with an error below one percent, in memory that does not grow.
///
/// Each doubling of the time has 128 buckets; below 128 nanoseconds each nanosecond has its own.
struct LatencyHistogram: Equatable {
    private static let perDoubling = 128
    private static let bits = 7
    /// Nobody waits longer than 2^42 nanoseconds, more than an hour.
    private static let maxNanoseconds: UInt64 = 1 << 42 - 1

    private var buckets = [Int](repeating: 0, count: perDoubling * (43 - bits))
    private(set) var count = 0
    private(set) var min: UInt64 = .max
    private(set) var max: UInt64 = 0

    mutating func add(_ time: Duration) {
        let (seconds, attoseconds) = time.components
        let nanoseconds = Swift.max(0, seconds) * 1_000_000_000 + Swift.max(0, attoseconds) / 1_000_000_000
        add(nanoseconds: UInt64(nanoseconds))
    }

    mutating func add(nanoseconds: UInt64) {
        let value = Swift.min(nanoseconds, Self.maxNanoseconds)
        buckets[Self.index(value)] += 1
        count += 1
        min = Swift.min(min, value)
        max = Swift.max(max, value)
    }

    mutating func add(_ other: LatencyHistogram) {
        for index in buckets.indices { buckets[index] += other.buckets[index] }
        count += other.count
        min = Swift.min(min, other.min)
        max = Swift.max(max, other.max)
    }

    /// The nanoseconds that this part of all times, 0…1, did not exceed; 0 if there are none.
    func percentile(_ part: Double) -> UInt64 {
        let rank = Swift.max(1, Int((part * Double(count)).rounded(.up)))
        var seen = 0
        for index in buckets.indices {
            seen += buckets[index]
            if seen >= rank { return Swift.min(Self.end(of: index), max) }
        }
        return max
    }

    /// The number of the times up to each of the bounds that were beyond the one before.
    ///
    /// - Parameter bounds: Nanoseconds, rising; the last is the largest time at least.
    /// - Returns: A number for each bound.
    func counts(upTo bounds: [UInt64]) -> [Int] {
        var counts = [Int](repeating: 0, count: bounds.count)
        var place = 0
        for index in buckets.indices where buckets[index] > 0 {
            let end = Swift.min(Self.end(of: index), max)
            while place < bounds.count - 1, end > bounds[place] { place += 1 }
            counts[place] += buckets[index]
        }
        return counts
    }

    private static func index(_ value: UInt64) -> Int {
        guard value >= UInt64(perDoubling) else { return Int(value) }
        let shift = 63 - value.leadingZeroBitCount - bits
        return (shift + 1) * perDoubling + Int(value >> UInt64(shift)) - perDoubling
    }

    /// The largest value of a bucket.
    private static func end(of index: Int) -> UInt64 {
        guard index >= perDoubling else { return UInt64(index) }
        let shift = index / perDoubling - 1
        return (UInt64(index % perDoubling + perDoubling + 1) << UInt64(shift)) - 1
    }
}
