import SIOBytes

// The one file that knows Foundation, so that its types are in JSON what a JavaScript peer expects.
#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// `Date` as `Date.prototype.toJSON` writes it, `Data` as an attachment or base64, `URL` as a string, `Decimal` as a
/// number with all its digits. (`UUID` is a string by itself.)
enum FoundationBridge {
    /// Whether it is one of those types.
    static func knows<T>(_ type: T.Type) -> Bool {
        T.self == Date.self || T.self == Data.self || T.self == URL.self || T.self == Decimal.self
    }

    /// Decodes one of those types; of any other is a programming error.
    static func decode<T>(_ type: T.Type, at index: Int, of decoding: JSONDecoding) throws -> T {
        if T.self == Date.self { return same(try date(at: index, of: decoding), as: type) }
        if T.self == Data.self { return same(try data(at: index, of: decoding), as: type) }
        if T.self == URL.self {
            guard let url = URL(string: try decoding.string(at: index)) else {
                throw decoding.corrupted("Invalid URL string.", at: index)
            }
            return same(url, as: type)
        }
        return same(try decimal(at: index, of: decoding), as: type)
    }

    /// Writes a value of one of those types.
    ///
    /// - Returns: False for any other; nothing is written then.
    static func write<T>(_ value: T, to fragment: JSONFragment, key: JSONFragment.LevelKey) throws -> Bool {
        if T.self == Date.self {
            let milliseconds = (same(value, as: Date.self).timeIntervalSince1970 * 1000).rounded()
            guard let time = Int64(exactly: milliseconds), let text = ISO8601.format(milliseconds: time) else {
                throw fragment.refused(value, key, "The date is beyond what JavaScript can express.")
            }
            fragment.buffer.appendJSON(string: text)
        } else if T.self == Data.self {
            let bytes = [UInt8](same(value, as: Data.self))
            if !fragment.write(attachment: bytes) { fragment.buffer.appendJSON(base64: bytes) }
        } else if T.self == URL.self {
            fragment.buffer.appendJSON(string: same(value, as: URL.self).absoluteString)
        } else if T.self == Decimal.self {
            let decimal = same(value, as: Decimal.self)
            guard decimal.isFinite else { throw fragment.refused(value, key, "JSON has no such number.") }
            fragment.buffer.append(decimal.description)
        } else {
            return false
        }
        return true
    }

    /// From a string as JavaScript writes it, or from milliseconds since 1970.
    private static func date(at index: Int, of decoding: JSONDecoding) throws -> Date {
        guard try decoding.kind(at: index) == .string else {
            return Date(timeIntervalSince1970: try decoding.double(at: index) / 1000)
        }
        let parser = decoding.parser
        guard let milliseconds = ISO8601.parse(parser.tape.stringBytes(at: index)) else {
            throw decoding.corrupted("Expected a date in ISO 8601.", at: index)
        }
        return Date(timeIntervalSince1970: Double(milliseconds) / 1000)
    }

    private static func data(at index: Int, of decoding: JSONDecoding) throws -> Data {
        if let attachment = try decoding.attachment(at: index) { return Data(attachment) }
        guard try decoding.kind(at: index) == .string else { throw decoding.mismatch(Data.self, at: index) }
        let parser = decoding.parser
        guard let bytes = Base64.decode(parser.tape.stringBytes(at: index)) else {
            throw decoding.corrupted("Expected bytes in base64.", at: index)
        }
        return Data(bytes)
    }

    /// From the digits as they came; a double would have rounded them.
    private static func decimal(at index: Int, of decoding: JSONDecoding) throws -> Decimal {
        switch try decoding.kind(at: index) {
        case .integer, .unsigned, .double: break
        default: throw decoding.mismatch(Decimal.self, at: index)
        }
        guard let decimal = Decimal(string: decoding.parser.sourceString(at: index)), decimal.isFinite else {
            throw decoding.corrupted("The number does not fit in Decimal.", at: index)
        }
        return decimal
    }
}
