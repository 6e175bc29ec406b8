import SIOBytes

/// What became of a value that may be a scalar.
enum ScalarOutcome {
    case written
    /// A NaN or an infinity; nothing was written.
    case nonFinite
    /// Not of a type that JSON knows by itself; nothing was written.
    case other
}

extension ByteBuffer {
    /// Appends the value if its type is one that needs no container.
    mutating func appendScalar<T>(_ value: T, _ options: JSONEncodingOptions) -> ScalarOutcome {
        if T.self == String.self {
            appendJSON(string: same(value, as: String.self))
        } else if T.self == Int.self {
            append(decimal: same(value, as: Int.self))
        } else if T.self == Double.self {
            return appendFinite(same(value, as: Double.self), options)
        } else if T.self == Bool.self {
            appendJSON(bool: same(value, as: Bool.self))
        } else if T.self == [String].self {
            appendArray(same(value, as: [String].self)) { $0.appendJSON(string: $1) }
        } else if T.self == [Int].self {
            appendArray(same(value, as: [Int].self)) { $0.append(decimal: $1) }
        } else if T.self == [Double].self {
            let numbers = same(value, as: [Double].self)
            guard numbers.allSatisfy(\.isFinite) else { return .other }
            appendArray(numbers) { $0.appendJSON(number: $1) }
        } else if T.self == [Bool].self {
            appendArray(same(value, as: [Bool].self)) { $0.appendJSON(bool: $1) }
        } else {
            return .other
        }
        return .written
    }

    mutating func appendJSON(bool value: Bool) {
        append(value ? "true" : "false")
    }

    /// Appends a number that may be none.
    mutating func appendFinite<T: BinaryFloatingPoint & LosslessStringConvertible>(
        _ value: T,
        _ options: JSONEncodingOptions
    ) -> ScalarOutcome {
        if value.isFinite {
            appendJSON(number: value)
        } else if options.nonFiniteNumbers == .null {
            append("null")
        } else {
            return .nonFinite
        }
        return .written
    }

    private mutating func appendArray<Element>(_ elements: [Element], _ append: (inout ByteBuffer, Element) -> Void) {
        self.append(UInt8(ascii: "["))
        var isFirst = true
        for element in elements {
            if !isFirst { self.append(UInt8(ascii: ",")) }
            isFirst = false
            append(&self, element)
        }
        self.append(UInt8(ascii: "]"))
    }
}
