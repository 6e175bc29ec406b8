import Glibc

/// The time of day, as other servers tell it: milliseconds since 1970.
enum WallClock {
    /// A hundred thousand years: more than any server's clock is wrong by.
    private static let farAway = 3e15

    /// The milliseconds of an instant of this process's clock.
    static func milliseconds(of instant: ContinuousClock.Instant) -> Int64 {
        milliseconds - Int64((.now - instant) / .milliseconds(1))
    }

    /// The instant of this process's clock that is so many milliseconds after 1970.
    static func instant(milliseconds: Double) -> ContinuousClock.Instant {
        let age = Double(Self.milliseconds) - milliseconds
        guard !age.isNaN else { return .now }
        return .now - .milliseconds(Int64(min(max(age, -farAway), farAway)))
    }

    private static var milliseconds: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }

    /// The time as JavaScript writes it, in UTC.
    static func text(milliseconds: Int64) -> String {
        var second = time_t(milliseconds / 1000)
        var parts = tm()
        guard gmtime_r(&second, &parts) != nil else { return "Invalid Date" }
        var text = [CChar](repeating: 0, count: 80)
        let count = strftime(&text, text.count, "%a %b %d %Y %H:%M:%S GMT+0000 (Coordinated Universal Time)", &parts)
        return String(decoding: text.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
