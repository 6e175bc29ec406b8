import SIOBytes

/// What stands in the JSON where a binary attachment belongs: `{"_placeholder":true,"num":0}`.
enum Placeholder {
    /// The value is something else.
    case none
    /// The attachment with this number.
    case number(Int)
    /// The number is missing, no number, or not that of an attachment (CVE-2022-2421).
    case illegal
}

extension JSONTape {
    /// Reads the placeholder at `index`, where there are so many attachments.
    func placeholder(at index: Int, attachments: Int) -> Placeholder {
        guard kind(at: index) == .object, let flag = member("_placeholder", ofObjectAt: index), kind(at: flag) == .true
        else { return .none }
        guard let number = member("num", ofObjectAt: index) else { return .illegal }
        let value: Int64? =
            switch kind(at: number) {
            case .integer: int64(at: number)
            case .double: Int64(exactly: float64(at: number))
            default: nil
            }
        guard let value, value >= 0, value < attachments else { return .illegal }
        return .number(Int(value))
    }

    func member(_ name: StaticString, ofObjectAt object: Int) -> Int? {
        let bytes = unsafe RawSpan(_unsafeStart: UnsafeRawPointer(name.utf8Start), byteCount: name.utf8CodeUnitCount)
        return member(bytes, ofObjectAt: object)
    }
}

extension JSONCursor {
    /// Which of so many attachments the value stands for; nil if it is no placeholder of one.
    package func attachmentNumber(of attachments: Int) -> Int? {
        guard attachments > 0, case .number(let number) = tape.placeholder(at: index, attachments: attachments)
        else { return nil }
        return number
    }

    /// Whether each placeholder within the value has the number of one of `attachments` attachments.
    package func hasLegalPlaceholders(attachments: Int) -> Bool {
        // Over the tape as it lies, without recursion: everything within the value follows its first word.
        var next = index
        let end = tape.index(after: next)
        while next < end {
            switch tape.kind(at: next) {
            case .object:
                if case .illegal = tape.placeholder(at: next, attachments: attachments) { return false }
                next += 1
            case .integer, .unsigned, .double:
                next += 2
            default:
                next += 1
            }
        }
        return true
    }
}
