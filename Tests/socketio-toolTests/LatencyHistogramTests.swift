import Testing

@testable import socketio_tool

@Suite struct `The times that a load has measured` {
    @Test(arguments: [0, 1, 127, 128, 129, 255, 256, 1000, 123_456, 999_999_999, 1 << 41, 1 << 42 - 1] as [UInt64])
    func `are known to one percent`(value: UInt64) {
        var histogram = LatencyHistogram()
        histogram.add(nanoseconds: value)
        // Of one time alone the largest is known exactly: another one hides it.
        histogram.add(nanoseconds: 1 << 42 - 1)
        let found = histogram.percentile(0.5)
        #expect(found >= value && found - value <= value / 100)
        #expect(histogram.min == value && histogram.count == 2)
    }

    @Test func `have percentiles`() {
        var histogram = LatencyHistogram()
        for value in 1...1000 { histogram.add(.microseconds(value)) }
        for (part, expected) in [(0.5, 500.0), (0.9, 900), (0.99, 990), (0.999, 999), (1, 1000), (0, 1)] {
            let found = Double(histogram.percentile(part)) / 1000
            #expect(abs(found - expected) <= expected / 100, "\(part)")
        }
        #expect(LatencyHistogram().percentile(0.5) == 0)
    }

    @Test func `may be longer than anybody waits, or shorter than nothing`() {
        var histogram = LatencyHistogram()
        histogram.add(.seconds(1_000_000))
        histogram.add(.seconds(-1))
        #expect(histogram.count == 2 && histogram.min == 0 && histogram.max == 1 << 42 - 1)
    }

    @Test func `add up, whoever has measured them`() {
        var one = LatencyHistogram()
        var other = LatencyHistogram()
        var both = LatencyHistogram()
        for value in 0..<500 as Range<UInt64> {
            if value.isMultiple(of: 3) {
                one.add(nanoseconds: value * value)
            } else {
                other.add(nanoseconds: value * value)
            }
            both.add(nanoseconds: value * value)
        }
        one.add(other)
        #expect(one == both)
    }

    @Test func `fall into ranges, none of them outside`() {
        var histogram = LatencyHistogram()
        for value in [1500, 1600, 40_000, 40_100, 7_000_000] as [UInt64] { histogram.add(nanoseconds: value) }
        let bounds = BenchReport.bounds(from: histogram.min, to: histogram.max)
        #expect(bounds.first == 2000 && bounds.last == 10_000_000)
        let counts = histogram.counts(upTo: bounds)
        #expect(counts.first == 2 && counts[4] == 2 && counts.last == 1 && counts.reduce(0, +) == 5)
        // However far they lie apart, there are few ranges, and the last one holds the longest time.
        let wide = BenchReport.bounds(from: 0, to: 1 << 42)
        #expect(wide.count <= 14 && wide.last ?? 0 >= 1 << 42)
    }

    @Test func `are told in words of a length that people can read`() {
        #expect(
            [0, 1000, 123_456, 12_345_678, 1_234_567_890].map(BenchReport.milliseconds) == [
                "0.000", "0.001", "0.123", "12.35", "1234.6",
            ])
        #expect(
            BenchReport.progress(0.5, acknowledged: 500, errors: 2, time: .seconds(1))
                == "[###############---------------] 50 %   500 events/s   2 errors")
        #expect(BenchReport.progress(7, acknowledged: 0, errors: 0, time: .zero).contains("] 100 %"))
    }

    @Test func `have errors beside them, of so many kinds at most`() {
        let meter = BenchMeter()
        for number in 0..<100 { meter.failed("error \(number)") }
        meter.failed("error 0")
        let errors = meter.totals.errors
        #expect(errors.count <= BenchMeter.maxErrorKinds + 1)
        #expect(errors["error 0"] == 2 && errors.values.reduce(0, +) == 101)
    }
}
