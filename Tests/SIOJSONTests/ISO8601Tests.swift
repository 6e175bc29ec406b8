import Foundation
import SIOJSON
import Testing

@Suite struct ISO8601Tests {
    @Test(arguments: [
        (0, "1970-01-01T00:00:00.000Z"), (1_795_167_493_000, "2026-11-20T09:38:13.000Z"),
        (951_782_400_000, "2000-02-29T00:00:00.000Z"), (-1, "1969-12-31T23:59:59.999Z"),
        (-62_167_219_200_000, "0000-01-01T00:00:00.000Z"), (-62_167_219_200_001, "-000001-12-31T23:59:59.999Z"),
        (253_402_300_799_999, "9999-12-31T23:59:59.999Z"), (253_402_300_800_000, "+010000-01-01T00:00:00.000Z"),
        (8_640_000_000_000_000, "+275760-09-13T00:00:00.000Z"),
        (-8_640_000_000_000_000, "-271821-04-20T00:00:00.000Z"),
    ])
    func `dates are written and read as JavaScript does`(milliseconds: Int, text: String) throws {
        let date = Date(timeIntervalSince1970: Double(milliseconds) / 1000)
        #expect(try encode(date) == "\"\(text)\"")
        #expect(try decode(Date.self, "\"\(text)\"") == date)
    }

    @Test(arguments: [
        ("2026-11-20T09:38:13Z", 1_795_167_493_000), ("2026-11-20T09:38Z", 1_795_167_480_000),
        ("2026-11-20", 1_795_132_800_000), ("2026-11-20T09:38:13.5Z", 1_795_167_493_500),
        ("2026-11-20T09:38:13.123456789Z", 1_795_167_493_123), ("2026-11-20T11:38:13+02:00", 1_795_167_493_000),
        ("2026-11-20T04:08:13.000-05:30", 1_795_167_493_000), ("2026-11-20 09:38:13Z", 1_795_167_493_000),
        ("2026-11-20T24:00:00Z", 1_795_219_200_000), ("2026-11-20T11:38:13+0200", 1_795_167_493_000),
    ])
    func `shorter forms and offsets are read`(text: String, milliseconds: Int) throws {
        #expect(try decode(Date.self, "\"\(text)\"") == Date(timeIntervalSince1970: Double(milliseconds) / 1000))
    }

    @Test func `milliseconds are read`() throws {
        #expect(try decode(Date.self, "1500") == Date(timeIntervalSince1970: 1.5))
        #expect(try decode([Date].self, "[-1.5]") == [Date(timeIntervalSince1970: -0.0015)])
    }

    @Test(arguments: [
        "", "2026", "2026-11", "2026-13-01T00:00:00Z", "2026-00-01", "2026-02-29", "1900-02-29", "2026-04-31",
        "2026-1-1",
        "2026-11-20T25:00:00Z", "2026-11-20T24:00:01Z", "2026-11-20T09:60:00Z", "2026-11-20T09:38:60Z",
        "2026-11-20T09:38:13", "2026-11-20T09:38:13.Z", "2026-11-20T09:38:13.000Zx", "2026-11-20T09:38:13+2",
        "yesterday",
        "-000000-01-01T00:00:00Z", "+999999-01-01T00:00:00Z", "2026-11-20T09:38:13+24:00", "20261120",
    ])
    func `what is no date is refused`(text: String) {
        #expect(throws: DecodingError.self) { try decode(Date.self, "\"\(text)\"") }
    }

    @Test func `dates that JavaScript does not have are refused`() {
        #expect(throws: EncodingError.self) { try encode(Date(timeIntervalSince1970: 8_640_000_000_001)) }
        #expect(throws: EncodingError.self) { try encode(Date(timeIntervalSince1970: .infinity)) }
        #expect(throws: DecodingError.self) { try decode(Date.self, "null") }
    }
}
