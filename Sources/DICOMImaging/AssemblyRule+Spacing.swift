import Foundation
import Geometry

/// How the slices lie along and across their normal.
extension AssemblyRule {
    /// Gantry tilt: the slices' first pixels run away from the normal through the first one.
    ///
    /// The shift must exceed half a pixel as well, since positions rounded to 0.1 mm fake up to 0.3° on a short stack.
    static func measureShear(_ stack: inout CandidateStack) throws(AssemblyRefusal) {
        guard let first = stack.slices.first, let last = stack.slices.last else { return }
        for index in stack.slices.indices {
            let offset = stack.slices[index].plane.position - first.plane.position
            stack.slices[index].shift = (
                offset.dot(first.plane.iDirection) / first.plane.spacingI,
                offset.dot(first.plane.jDirection) / first.plane.spacingJ
            )
        }
        let largest = stack.slices.max { $0.shiftMM(first.plane) < $1.shiftMM(first.plane) } ?? last
        let inPixels = max(abs(largest.shift.i), abs(largest.shift.j))
        let degrees = atan2(largest.shiftMM(first.plane), abs(largest.distanceMM - first.distanceMM)) * 180 / .pi
        guard degrees > 0.06, inPixels > 0.5 else { return }
        stack.isSheared = true
        stack.note(AssemblyMessage(.gantryTilt, decimal(degrees, places: 1)))
    }

    /// A gap of at least 1.75 times the gaps beside it is missing slices, unless such gaps go on: that is another
    /// spacing, chosen at the scanner (head CT: 2.5 mm at the base of the skull, 7.5 mm above).
    static func findMissingSlices(_ stack: inout CandidateStack) throws(AssemblyRefusal) {
        let gaps = stack.gapsMM
        let runs = runs(of: gaps)
        var holes: [(index: Int, missing: Int)] = []
        for (position, run) in runs.enumerated() where run.count < 3 && runs.count > 1 {
            let neighbours = [position - 1, position + 1].filter(runs.indices.contains)
                .map { gaps[runs[$0].lowerBound] }
            guard let widest = neighbours.max() else { continue }
            for index in run where gaps[index] >= 1.75 * widest {
                holes.append((index, Int((gaps[index] / widest).rounded()) - 1))
            }
        }
        guard let first = holes.first else { return }
        let (lower, upper) = (stack.slices[first.index].distanceMM, stack.slices[first.index + 1].distanceMM)
        if stack.options.interpolatesOneMissingSlice && holes.count == 1 && first.missing == 1 {
            stack.note(AssemblyMessage(.missingSliceInterpolated, decimal((lower + upper) / 2, places: 1)))
            return
        }
        let missing = holes.map(\.missing).reduce(0, +)
        throw stack.refusal(
            AssemblyMessage(.missingSlices, "\(missing)", decimal(lower, places: 1), decimal(upper, places: 1)))
    }

    /// Runs of consecutive gaps that differ by at most 5 % from the first of the run.
    private static func runs(of gaps: [Double]) -> [Range<Int>] {
        gaps.indices.reduce(into: []) { runs, index in
            if let run = runs.last, abs(gaps[index] / gaps[run.lowerBound] - 1) <= 0.05 {
                runs[runs.count - 1] = run.lowerBound..<index + 1
            } else {
                runs.append(index..<index + 1)
            }
        }
    }

    static func judgeSpacing(_ stack: inout CandidateStack) throws(AssemblyRefusal) {
        let gaps = stack.gapsMM.sorted()
        guard let smallest = gaps.first, let largest = gaps.last else { return }
        let median = (gaps[(gaps.count - 1) / 2] + gaps[gaps.count / 2]) / 2
        let deviation = max(largest - median, median - smallest) / median
        if deviation <= 0.05 {
            stack.spacingMM = median
            if deviation > 0.01 { stack.note(AssemblyMessage(.spacingJitter, decimal(deviation * 100, places: 1))) }
            return
        }
        let range = (decimal(smallest, places: 2), decimal(largest, places: 2))
        let resampledDepth = gaps.reduce(0, +) / smallest
        guard resampledDepth <= 4 * Double(stack.slices.count) else {
            throw stack.refusal(AssemblyMessage(.unevenSpacing, range.0, range.1))
        }
        stack.isUneven = true
        stack.spacingMM = smallest
        stack.note(AssemblyMessage(.variableSpacing, range.0, range.1))
    }
}

extension CandidateStack.Slice {
    fileprivate func shiftMM(_ plane: SlicePlane) -> Double {
        hypot(shift.i * plane.spacingI, shift.j * plane.spacingJ)
    }
}

/// A number for a message, with a fixed number of decimal places.
func decimal(_ value: Double, places: Int) -> String { String(format: "%.\(places)f", value) }

/// A number with so many significant digits.
func significant(_ value: Double, digits: Int) -> String { String(format: "%.\(digits)g", value) }
