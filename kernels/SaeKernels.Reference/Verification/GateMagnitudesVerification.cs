using SaeKernels.Abstractions;

namespace SaeKernels.Reference;

/// <summary>Verifies <see cref="IComputeBackend.GateMagnitudes"/>.</summary>
internal static class GateMagnitudesVerification
{
    // Backends may compute exp to four roundings.
    private const int RoundingsOfExp = 4;

    public static IEnumerable<VerificationResult> Run(IComputeBackend candidate, VerificationShape shape)
    {
        VerificationInputs inputs = new(shape);
        HostCodes codes = inputs.Codes(shape.Batch, shape.DSae, shape.K, rowsVary: true);
        float[] gateBiases = inputs.Reals(shape.DSae, 0.3);
        float[] biases = inputs.Reals(shape.DSae, 0.3);

        // e⁰ is a whole number.
        float[] logGains = shape.Integers ? new float[shape.DSae] : inputs.Reals(shape.DSae, 0.5);
        Comparison comparison = new(nameof(IComputeBackend.GateMagnitudes), shape);
        using Workbench bench = new(candidate, comparison);
        WorkbenchBuffer<float> gains = bench.Output("Gains", shape.DSae);
        WorkbenchBuffer<float> shifts = bench.Output("Shifts", shape.DSae);
        (SparseCodes given, WorkbenchBuffer<float> found) = bench.CodesInOut("Codes", codes);
        GateMagnitudesArguments arguments = new()
        {
            Rows = shape.Batch,
            Latents = shape.DSae,
            Codes = given,
            GateBiases = bench.Input("GateBiases", gateBiases).Reals,
            Biases = bench.Input("Biases", biases).Reals,
            LogGains = bench.Input("LogGains", logGains).Reals,
            Gate = new GatedMagnitudes(gains.Reals, shifts.Reals),
        };
        bench.Run(() => candidate.GateMagnitudes(arguments));
        Bounded[] expectedGains =
        [
            .. logGains.Select(r => Bounded.Exact(Math.Exp(r)).WidenBySum(RoundingsOfExp + 1, Math.Exp(r))),
        ];
        Bounded[] expectedShifts = new Bounded[shape.DSae];
        for (int latent = 0; latent < shape.DSae; latent++)
        {
            expectedShifts[latent] = Bounded.Exact(biases[latent])
                - (expectedGains[latent] * Bounded.Exact(gateBiases[latent]));
            comparison.Match("Gains", latent, gains.Found[latent], expectedGains[latent]);
            comparison.Match("Shifts", latent, shifts.Found[latent], expectedShifts[latent]);
        }

        for (int entry = 0; entry < codes.Values.Length; entry++)
        {
            int latent = codes.Indices[entry];
            Bounded value = codes.Values[entry] <= 0
                ? default
                : ((expectedGains[latent] * Bounded.Exact(codes.Values[entry])) + expectedShifts[latent])
                    .Clamp(0, double.PositiveInfinity);
            comparison.Match("Codes.Values", entry, found.Found[entry], value);
        }

        yield return comparison.Result();
    }
}
