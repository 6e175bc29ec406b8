import SIOBytes

/// Dates as JavaScript writes them, `2026-11-20T09:38:13.000Z` (ECMA-262 "Date Time String Format").
package enum ISO8601 {
    /// The furthest time from 1970 that a JavaScript date can hold, in milliseconds (ECMA-262 "Time Range").
    package static let maximum: Int64 = 8_640_000_000_000_000

    private static let day: Int64 = 86_400_000

    /// The text of a time, given in milliseconds since 1970, UTC; nil if JavaScript has no such time.
    package static func format(milliseconds: Int64) -> String? {
        guard milliseconds.magnitude <= maximum.magnitude else { return nil }
        let days = floorDivide(milliseconds, by: day)
        let time = milliseconds - days * day
        let (year, month, dayOfMonth) = civil(days: days)
        var text = ByteBuffer()
        if year < 0 || year > 9999 {
            text.append(UInt8(ascii: year < 0 ? "-" : "+"))
            append(abs(year), digits: 6, to: &text)
        } else {
            append(year, digits: 4, to: &text)
        }
        text.append(UInt8(ascii: "-"))
        append(month, digits: 2, to: &text)
        text.append(UInt8(ascii: "-"))
        append(dayOfMonth, digits: 2, to: &text)
        text.append(UInt8(ascii: "T"))
        append(time / 3_600_000, digits: 2, to: &text)
        text.append(UInt8(ascii: ":"))
        append(time / 60000 % 60, digits: 2, to: &text)
        text.append(UInt8(ascii: ":"))
        append(time / 1000 % 60, digits: 2, to: &text)
        text.append(UInt8(ascii: "."))
        append(time % 1000, digits: 3, to: &text)
        text.append(UInt8(ascii: "Z"))
        return text.bytes.string
    }

    /// The time of a text, in milliseconds since 1970; nil if it is no date.
    ///
    /// A date alone is midnight UTC. A time may lack seconds and fraction, and may have an offset in place of `Z`; it
    /// must have one of the two, because local time is nobody's business on a wire. Digits below the millisecond are
    /// dropped.
    static func parse(_ text: RawSpan) -> Int64? {
        var scanner = Scanner(text)
        guard let year = scanner.year(), scanner.skip("-"), let month = scanner.number(2), (1...12).contains(month),
            scanner.skip("-"), let dayOfMonth = scanner.number(2), (1...daysIn(month, of: year)).contains(dayOfMonth)
        else { return nil }
        let midnight = days(year, month, dayOfMonth) * day
        guard !scanner.isAtEnd else { return inRange(midnight) }

        guard scanner.skip("T") || scanner.skip(" "), let hour = scanner.number(2), hour <= 24,
            scanner.skip(":"), let minute = scanner.number(2), minute <= 59
        else { return nil }
        var second: Int64 = 0
        var fraction: Int64 = 0
        if scanner.skip(":") {
            guard let number = scanner.number(2), number <= 59 else { return nil }
            second = number
            if scanner.skip(".") {
                guard let number = scanner.milliseconds() else { return nil }
                fraction = number
            }
        }
        guard hour < 24 || (minute == 0 && second == 0 && fraction == 0), let offset = scanner.offset(),
            scanner.isAtEnd
        else { return nil }
        return inRange(midnight + ((hour * 60 + minute - offset) * 60 + second) * 1000 + fraction)
    }

    private static func inRange(_ milliseconds: Int64) -> Int64? {
        milliseconds.magnitude <= maximum.magnitude ? milliseconds : nil
    }

    private static func append(_ number: Int64, digits: Int, to text: inout ByteBuffer) {
        var divisor: Int64 = 1
        for _ in 1..<digits { divisor *= 10 }
        for _ in 0..<digits {
            text.append(UInt8(ascii: "0") + UInt8(number / divisor % 10))
            divisor /= 10
        }
    }

    private static func floorDivide(_ number: Int64, by divisor: Int64) -> Int64 {
        let quotient = number / divisor
        return number % divisor < 0 ? quotient - 1 : quotient
    }

    private static func daysIn(_ month: Int64, of year: Int64) -> Int64 {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// Days since 1970 of a date in the Gregorian calendar.
    ///
    /// Years are counted from March, so that the leap day is the
    /// last of its year, in eras of 400 years.
    private static func days(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        let year = month <= 2 ? year - 1 : year
        let era = floorDivide(year, by: 400)
        let yearOfEra = year - era * 400
        let dayOfYear = (153 * ((month + 9) % 12) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    private static func civil(days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let shifted = days + 719_468
        let era = floorDivide(shifted, by: 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }

    private struct Scanner: ~Escapable {
        private let text: RawSpan
        private var index = 0

        @_lifetime(copy text)
        init(_ text: RawSpan) { self.text = text }

        var isAtEnd: Bool { index == text.byteCount }

        @_lifetime(self: copy self)
        mutating func skip(_ character: Unicode.Scalar) -> Bool {
            guard !isAtEnd, text[index] == UInt8(ascii: character) else { return false }
            index += 1
            return true
        }

        @_lifetime(self: copy self)
        mutating func number(_ digits: Int) -> Int64? {
            guard index + digits <= text.byteCount else { return nil }
            var number: Int64 = 0
            for _ in 0..<digits {
                let digit = text[index] &- UInt8(ascii: "0")
                guard digit < 10 else { return nil }
                number = number * 10 + Int64(digit)
                index += 1
            }
            return number
        }

        @_lifetime(self: copy self)
        mutating func year() -> Int64? {
            if skip("+") { return number(6) }
            if skip("-") { return number(6).flatMap { $0 == 0 ? nil : -$0 } }
            return number(4)
        }

        /// A fraction of a second: at least one digit.
        @_lifetime(self: copy self)
        mutating func milliseconds() -> Int64? {
            guard var milliseconds = number(1) else { return nil }
            for _ in 0..<2 { milliseconds = milliseconds * 10 + (number(1) ?? 0) }
            while number(1) != nil {}
            return milliseconds
        }

        /// What is to be subtracted to get UTC, in minutes.
        @_lifetime(self: copy self)
        mutating func offset() -> Int64? {
            if skip("Z") { return 0 }
            let sign: Int64 = skip("-") ? -1 : 1
            guard sign < 0 || skip("+"), let hours = number(2), hours <= 23 else { return nil }
            _ = skip(":")
            guard let minutes = number(2), minutes <= 59 else { return nil }
            return sign * (hours * 60 + minutes)
        }
    }
}
