import Models
import Testing

@Suite struct BoxScheduleTests {
    @Test("every box runs once", arguments: [0, 1, 2, 5, 40], [1, 2, 4])
    func complete(count: Int, threads: Int) {
        let schedule = BoxSchedule((0..<count).map { 1 + $0 * 7 % 5 }, threads: threads)
        #expect((schedule.alone + schedule.together).sorted() == Array(0..<count))
    }

    @Test("one large box has all threads; equal ones have one each, and the odd one out has all")
    func shares() {
        #expect(BoxSchedule([10], threads: 2).alone == [0])
        #expect(BoxSchedule([1, 100, 1, 1], threads: 2).alone.first == 1)
        #expect(BoxSchedule([7, 7, 7, 7], threads: 2).alone.isEmpty)
        #expect(BoxSchedule([7, 7, 7, 7, 7], threads: 2).alone == [0])
    }
}
