import CLibUV
import Glibc

/// Other times than that of the turn.
extension LoopCore {
    /// The time at this moment, on the same clock.
    package var exactNow: Instant {
        epoch + .nanoseconds(Int64(uv_hrtime()) - Int64(epochMilliseconds) * 1_000_000)
    }

    /// How long the machine has slept since the loop began: ``now`` does not count that, and others' clocks do.
    package var timeAsleep: Duration {
        let milliseconds = uv_now(uv)
        if milliseconds != asleep.at {
            asleep = (milliseconds, epoch.duration(to: .now) - wakingEpoch.duration(to: .now))
        }
        #if DEBUG
            return asleep.time + pretendedSleep
        #else
            return asleep.time
        #endif
    }

    /// The time of day, in seconds since 1970.
    package var unixTime: Int { time(nil) }

    /// The time as HTTP writes it (RFC 9110 §5.6.7), made anew once a second.
    var httpDate: String {
        let second = time(nil)
        if second != dateSecond {
            dateSecond = second
            var parts = tm()
            var moment = second
            gmtime_r(&moment, &parts)
            var text = [CChar](repeating: 0, count: 40)
            let count = strftime(&text, text.count, "%a, %d %b %Y %H:%M:%S GMT", &parts)
            dateText = String(decoding: text.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }
        return dateText
    }
}
