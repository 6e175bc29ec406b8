import Foundation
import SIOBytes
import SIOJSON
import Testing

/// The same types through our coders and Foundation's.
@Suite struct FoundationDifferentialTests {
    private let foundationEncoder: JSONEncoder = {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return encoder
    }()

    private func agree<T: Codable & Equatable>(on value: T) throws {
        let ours = try encode(value)
        let theirs = String(decoding: try foundationEncoder.encode(value), as: UTF8.self)
        #expect(try decode(T.self, ours) == value)
        #expect(try decode(T.self, theirs) == value)
        #expect(try JSONDecoder().decode(T.self, from: Data(ours.utf8)) == value)
        #expect(try decode(JSONValue.self, ours) == decode(JSONValue.self, theirs))
    }

    @Test func `both agree on every kind of type`() throws {
        try agree(on: Zoo.Numbers())
        try agree(on: Zoo.Optionals())
        try agree(on: Zoo.Containers())
        try agree(on: Zoo.Interleaved())
        try agree(on: Zoo.Mixed())
        try agree(on: Zoo.Wrapper())
        try agree(on: Zoo.Empty())
        try agree(on: [[Zoo.Optionals?]](repeating: [nil, Zoo.Optionals()], count: 20))
        try agree(on: Dictionary(uniqueKeysWithValues: (0..<50).map { ($0, Zoo.Numbers(int: $0)) }))
        let lion = try decode(Zoo.Lion.self, encode(Zoo.Lion()))
        #expect(lion.mane == 3 && lion.name == "cat")
        let tiger = try decode(Zoo.Tiger.self, encode(Zoo.Tiger()))
        #expect(tiger.stripes == 9 && tiger.name == "cat")
    }

    @Test func `both agree on random values`() throws {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<300 { try agree(on: randomValue(depth: 5, using: &generator)) }
    }

    private func randomValue(depth: Int, using generator: inout SystemRandomNumberGenerator) -> JSONValue {
        switch Int.random(in: 0..<(depth > 0 ? 9 : 7), using: &generator) {
        case 0: return .null
        case 1: return .bool(.random(using: &generator))
        case 2: return .integer(.random(in: .min ... .max, using: &generator))
        case 3: return .unsigned(.random(in: .min ... .max, using: &generator))
        // Foundation refuses some of the extremes that both can write.
        case 4: return .double(.random(in: -1e200...1e200, using: &generator))
        case 5: return .double(.random(in: -1...1, using: &generator))
        case 6: return .string(randomString(using: &generator))
        case 7:
            let count = Int.random(in: 0..<6, using: &generator)
            return .array((0..<count).map { _ in randomValue(depth: depth - 1, using: &generator) })
        default:
            var object = JSONObject()
            for _ in 0..<Int.random(in: 0..<25, using: &generator) {
                object[randomString(using: &generator)] = randomValue(depth: depth - 3, using: &generator)
            }
            return .object(object)
        }
    }

    private func randomString(using generator: inout SystemRandomNumberGenerator) -> String {
        var string = ""
        for _ in 0..<Int.random(in: 0..<12, using: &generator) {
            let range: ClosedRange<UInt32> = Bool.random(using: &generator) ? 1...0x7F : 1...0x1_F6FF
            if let scalar = Unicode.Scalar(UInt32.random(in: range, using: &generator)) {
                string.unicodeScalars.append(scalar)
            }
        }
        return string
    }
}
