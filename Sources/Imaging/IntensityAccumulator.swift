/// Count, sum, sum of squares and range of values, sums taken from the first value so that large offsets cancel.
struct IntensityAccumulator {
    private var count = 0
    private var reference = 0.0
    private var sum = 0.0
    private var sumOfSquares = 0.0
    private var minimum = Float.infinity
    private var maximum = -Float.infinity

    /// - Parameter padding: for each value, whether it is to be left out.
    mutating func add(_ values: Span<Float>, padding: ArraySlice<UInt8>?) {
        if let padding {
            for (n, isPadding) in padding.enumerated() where isPadding == 0 { add(values[n]) }
        } else {
            for n in values.indices { add(values[n]) }
        }
    }

    private mutating func add(_ value: Float) {
        if count == 0 { reference = Double(value) }
        let offset = Double(value) - reference
        count += 1
        sum += offset
        sumOfSquares += offset * offset
        minimum = min(minimum, value)
        maximum = max(maximum, value)
    }

    /// Nil without values.
    var statistics: IntensityStatistics? {
        guard count > 0 else { return nil }
        let mean = sum / Double(count)
        let variance = max(0, sumOfSquares / Double(count) - mean * mean)
        return IntensityStatistics(
            mean: reference + mean, standardDeviation: variance.squareRoot(), minimum: minimum, maximum: maximum)
    }
}
