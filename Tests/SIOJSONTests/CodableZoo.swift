import Foundation

/// Types that use `Codable` in all its ways.
enum Zoo {
    struct Numbers: Codable, Equatable {
        var int = -1
        var int8: Int8 = .min
        var int16: Int16 = .max
        var int32: Int32 = .min
        var int64: Int64 = .max
        var uint: UInt = 7
        var uint8: UInt8 = .max
        var uint16: UInt16 = .max
        var uint32: UInt32 = .max
        var uint64: UInt64 = .max
        var float: Float = 0.25
        var double = 1.0e-3
        var bool = true
        var string = "é\"\n"
    }

    struct Optionals: Codable, Equatable {
        var some: Int? = 1
        var none: Int?
        var string: String?
        var bool: Bool? = false
        var double: Double? = 2.5
        var nested: Numbers?
        var array: [Int?] = [1, nil, 3]
        var uint8: UInt8? = 3
        var double2: [Double?]?
    }

    enum Color: String, Codable, CaseIterable {
        case red
        case green
    }

    enum Level: Int, Codable {
        case low = 1
        case high = 2
    }

    enum Shape: Codable, Equatable {
        case point
        case circle(radius: Double)
        case labelled(String, color: Color)
        indirect case group([Shape])
    }

    struct Containers: Codable, Equatable {
        var strings = ["a", "b"]
        var ints = [1, 2, 3]
        var doubles = [0.5, 1.5]
        var bools = [true, false]
        var matrix = [[1, 2], [], [3]]
        var byName = ["k": [1]]
        var byNumber = [3: "three"]
        var byColor: [Color: Int] = [.red: 1]
        var pairs: [Level: Int] = [.low: 4]
        var shapes: [Shape] = [.point, .circle(radius: 2), .labelled("x", color: .green), .group([.point])]
        var colors: Set<Color> = [.red]
        var range: Range<Int> = 1..<3
        var empty: [String] = []
        var uuid = UUID(uuid: (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16))
        var url = URL(filePath: "/a b/c").absoluteURL
    }

    class Animal: Codable {
        var name = "cat"
        init() {}
    }

    class Lion: Animal {
        var mane = 3
        private enum CodingKeys: CodingKey { case mane }
        override init() { super.init() }
        required init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            mane = try container.decode(Int.self, forKey: .mane)
            try super.init(from: container.superDecoder())
        }
        override func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try super.encode(to: container.superEncoder())
            try container.encode(mane, forKey: .mane)
        }
    }

    /// Asks the same encoder for a container twice.
    class Tiger: Animal {
        var stripes = 9
        private enum CodingKeys: CodingKey { case stripes }
        override init() { super.init() }
        required init(from decoder: any Decoder) throws {
            stripes = try decoder.container(keyedBy: CodingKeys.self).decode(Int.self, forKey: .stripes)
            try super.init(from: decoder)
        }
        override func encode(to encoder: any Encoder) throws {
            try super.encode(to: encoder)
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(stripes, forKey: .stripes)
        }
    }

    /// Writes nested containers in turn, and reads them so.
    struct Interleaved: Codable, Equatable {
        var left = [1, 2]
        var right = ["x": 1, "y": 2]
        var last = true

        private enum CodingKeys: CodingKey { case left, right, last, x, y, deep }
        init() {}
        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            var left = try container.nestedUnkeyedContainer(forKey: .left)
            let right = try container.nestedContainer(keyedBy: CodingKeys.self, forKey: .right)
            self.left = [try left.decode(Int.self)]
            self.right = ["x": try right.decode(Int.self, forKey: .x)]
            self.left.append(try left.decode(Int.self))
            self.right["y"] = try right.decode(Int.self, forKey: .y)
            let deep = try left.nestedContainer(keyedBy: CodingKeys.self)
            var deeper = try deep.nestedUnkeyedContainer(forKey: .deep)
            last = try deeper.decode(Bool.self) && deeper.isAtEnd && left.isAtEnd && left.currentIndex == 3
        }
        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            var left = container.nestedUnkeyedContainer(forKey: .left)
            var right = container.nestedContainer(keyedBy: CodingKeys.self, forKey: .right)
            try left.encode(self.left[0])
            try right.encode(self.right["x"], forKey: .x)
            try left.encode(self.left[1])
            var deep = left.nestedContainer(keyedBy: CodingKeys.self)
            try container.encode(last, forKey: .last)
            try right.encode(self.right["y"], forKey: .y)
            var deeper = deep.nestedUnkeyedContainer(forKey: .deep)
            try deeper.encode(last)
        }
    }

    /// Elements of many kinds in one array.
    struct Mixed: Codable, Equatable {
        var name = "n"
        var count = 2
        var point: Shape? = .circle(radius: 1)
        init() {}
        init(from decoder: any Decoder) throws {
            var container = try decoder.unkeyedContainer()
            name = try container.decode(String.self)
            count = Int(try container.decode(UInt16.self))
            point = try container.decodeIfPresent(Shape.self)
            if try container.decodeNil() {} else { point = nil }
            _ = try container.decode(Float.self)
            _ = try Animal(from: container.superDecoder())
        }
        func encode(to encoder: any Encoder) throws {
            var container = encoder.unkeyedContainer()
            try container.encode(name)
            try container.encode(UInt16(count))
            try container.encode(point)
            try container.encodeNil()
            try container.encode(1.5 as Float)
            try Animal().encode(to: container.superEncoder())
        }
    }

    /// A type that is its only property.
    struct Wrapper: Codable, Equatable {
        var inner: [Shape] = [.point]
        init() {}
        init(from decoder: any Decoder) throws {
            inner = try decoder.singleValueContainer().decode([Shape].self)
        }
        func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            try container.encode(inner)
        }
    }

    /// Nothing to encode.
    struct Empty: Codable, Equatable {}
}
