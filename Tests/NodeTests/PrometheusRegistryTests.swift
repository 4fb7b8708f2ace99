import Metrics
import Node
import Testing

@Suite struct PrometheusRegistryTests {
    @Test("counters, gauges, sums and durations are rendered with their help, sorted by name and labels")
    func everyType() {
        let registry = PrometheusRegistry(help: ["b_total": "Things.", "a_seconds": "How long."])
        Counter(label: "b_total", dimensions: [("kind", "y")], factory: registry).increment(by: 2)
        Counter(label: "b_total", dimensions: [("kind", "x")], factory: registry).increment()
        Counter(label: "b_total", dimensions: [("kind", "y")], factory: registry).increment()
        FloatingPointCounter(label: "f_total", factory: registry).increment(by: 0.25)
        Timer(label: "a_seconds", factory: registry).recordSeconds(1.5)
        Timer(label: "a_seconds", factory: registry).recordMilliseconds(250)
        Recorder(label: "d_ratio", factory: registry).record(-0.5)
        Gauge(label: "g", factory: registry).record(1)
        Gauge(label: "g", factory: registry).record(7)
        Meter(label: "m", factory: registry).set(5)
        Meter(label: "m", factory: registry).decrement()
        #expect(
            registry.exposition == """
                # HELP a_seconds How long.
                # TYPE a_seconds summary
                a_seconds_sum 1.75
                a_seconds_count 2
                # HELP b_total Things.
                # TYPE b_total counter
                b_total{kind="x"} 1
                b_total{kind="y"} 3
                # TYPE d_ratio summary
                d_ratio_sum -0.5
                d_ratio_count 1
                # TYPE f_total counter
                f_total 0.25
                # TYPE g gauge
                g 7
                # TYPE m gauge
                m 4

                """)
    }

    @Test("backslashes, quotes and line ends of labels and help are escaped")
    func escaping() {
        let registry = PrometheusRegistry(help: ["a": "back\\slash, \"quote\", line\nend"])
        Gauge(label: "a", dimensions: [("path", "C:\\DIR"), ("text", "say \"hi\"\nthere")], factory: registry).record(1)
        #expect(
            registry.exposition == #"""
                # HELP a back\\slash, "quote", line\nend
                # TYPE a gauge
                a{path="C:\\DIR",text="say \"hi\"\nthere"} 1

                """#)
    }

    @Test(
        "numbers are written as Prometheus reads them",
        arguments: [
            (0, "0"), (-3, "-3"), (1e15, "1000000000000000"), (0.1, "0.1"), (1e-7, "1e-07"), (1e300, "1e+300"),
            (.infinity, "+Inf"), (-.infinity, "-Inf"), (.nan, "NaN"),
        ])
    func numbers(value: Double, text: String) {
        let registry = PrometheusRegistry(help: [:])
        Gauge(label: "a", factory: registry).record(value)
        #expect(registry.exposition == "# TYPE a gauge\na \(text)\n")
    }

    @Test("registries share nothing, and a name keeps its first type")
    func separate() {
        let (one, other) = (PrometheusRegistry(help: [:]), PrometheusRegistry(help: [:]))
        Counter(label: "a", factory: one).increment()
        Gauge(label: "a", factory: one).record(5)
        #expect(one.exposition == "# TYPE a counter\na 1\n")
        #expect(other.exposition == "")
    }
}
