import SIOJSON
import Testing

@Suite struct JSONObjectTests {
    /// As many members as are looked through, fewer, and so many that their places are remembered.
    static let counts = [0, 1, 2, 11, 12, 13, 14, 40]

    private func object(_ numbers: some Sequence<Int>) -> JSONObject {
        var object = JSONObject()
        for number in numbers { object["m\(number)"] = .integer(Int64(number)) }
        return object
    }

    private func numbers(_ object: JSONObject) -> [Int?] { object.map(\.value.intValue) }

    @Test(arguments: counts)
    func `members keep their order, and are found by name`(count: Int) {
        let object = object((0..<count).reversed())
        #expect(object.count == count && object.keys == (0..<count).reversed().map { "m\($0)" })
        #expect(numbers(object) == (0..<count).reversed())
        for number in 0..<count { #expect(object["m\(number)"] == .integer(Int64(number))) }
        #expect(object["m\(count)"] == nil && object[""] == nil)
    }

    @Test(arguments: counts)
    func `a member that is set again keeps its place`(count: Int) {
        var object = object(0..<count)
        for number in 0..<count { object["m\(number)"] = .integer(Int64(-number)) }
        #expect(numbers(object) == (0..<count).map { -$0 })
    }

    @Test(arguments: counts)
    func `a member that is removed is gone, and the others are found`(count: Int) {
        var object = object(0..<count)
        for number in stride(from: 0, to: count, by: 3) { object["m\(number)"] = nil }
        object["none"] = nil
        let rest = (0..<count).filter { $0 % 3 != 0 }
        #expect(numbers(object) == rest)
        for number in 0..<count { #expect(object["m\(number)"]?.intValue == (number % 3 == 0 ? nil : number)) }
        object["m0"] = 0
        #expect(numbers(object) == rest + [0])
        for number in rest { #expect(object["m\(number)"]?.intValue == number) }
    }

    @Test(arguments: counts)
    func `equal objects have the same members, in whatever order`(count: Int) {
        let object = object(0..<count)
        var other = self.object((0..<count).reversed())
        #expect(object == other)
        other["more"] = nil
        #expect(object == other)
        other["more"] = .null
        #expect(object != other && other != object)
        guard count > 0 else { return }
        other["m0"] = nil
        #expect(object != other && other != object)
        other["more"] = nil
        other["m0"] = "0"
        #expect(object != other)
    }

    @Test(arguments: counts)
    func `of members with one name the last one counts, in the place of the first`(count: Int) throws {
        let members = (0..<count).map { #""m\#($0)":\#($0)"# }
        let text = "{" + (members + members.reversed() + [#""m0":-1"#]).joined(separator: ",") + "}"
        let object = try #require(decode(JSONValue.self, text).objectValue)
        #expect(numbers(object) == [-1] + (1..<max(count, 1)).map { $0 })
    }
}
