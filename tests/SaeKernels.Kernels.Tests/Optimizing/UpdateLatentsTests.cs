using SaeKernels.Abstractions;
using SaeKernels.Reference;
using SaeKernels.Testing;

namespace SaeKernels.Kernels.Tests.Optimizing;

public sealed class UpdateLatentsTests
{
    private const int Rows = 2;
    private const int Latents = 3;
    private const int Dimension = 4;

    [SkippableTheory]
    [MemberData(nameof(TestBackends.All), MemberType = typeof(TestBackends))]
    public void Every_element_is_within_its_derived_bound(string name) =>
        Conformance.Check(name, nameof(IComputeBackend.UpdateLatents));

    [Fact]
    public void In_double_one_visit_gives_the_bits_of_three_operations() =>
        CompareWithSeparateOperations(ReferenceBackend.CreateDouble(), roundings: 0);

    [SkippableTheory]
    [MemberData(nameof(TestBackends.All), MemberType = typeof(TestBackends))]
    public void One_visit_does_what_three_operations_do(string name) =>
        // The gradients are whole numbers, the same both ways; then either way rounds at most 24 times on the way to w.
        TestBackends.Use(name, backend => CompareWithSeparateOperations(backend, roundings: 2 * 24));

    [SkippableTheory]
    [MemberData(nameof(TestBackends.All), MemberType = typeof(TestBackends))]
    public void Wrong_arguments_are_refused(string name) => TestBackends.Use(name, backend =>
    {
        using SparseCodes codes = Codes(backend);
        UpdateLatentsArguments good = Arguments(backend, codes);
        Conformance.Refuses(
            "UpdateLatents: BEnc must hold at least 3 elements, but holds 1. Allocate a larger buffer.",
            () => backend.UpdateLatents(good with { BEnc = good.BEnc with { FirstMoment = backend.Place("M", 0.0) } }));
        Conformance.Refuses(
            "UpdateLatents: Step must be at least 1, but is 0. Count steps from 1.",
            () => backend.UpdateLatents(good with { Step = good.Step with { Step = 0 } }));
        Conformance.Refuses(
            "UpdateLatents: RowSquaredNorms must hold at least 3 elements, but holds 1. Allocate a larger buffer.",
            () => backend.UpdateLatents(good with { RowSquaredNorms = backend.Place("N", 0.0) }));
    });

    private static void CompareWithSeparateOperations(IComputeBackend backend, int roundings)
    {
        using SparseCodes codes = Codes(backend);
        UpdateLatentsArguments together = Arguments(backend, codes);
        UpdateLatentsArguments apart = Arguments(backend, codes);
        backend.UpdateLatents(together);
        LatentGradientsArguments gradients = new()
        {
            Inputs = apart.Inputs,
            WEnc = new RealMatrix(apart.WEnc.Values, Latents, Dimension),
            WDec = new RealMatrix(apart.WDec.Values, Latents, Dimension),
            GradWEnc = backend.PlaceMatrix("GradWEnc", Latents, Dimension, new double[Latents * Dimension]),
            GradWDec = backend.PlaceMatrix("GradWDec", Latents, Dimension, new double[Latents * Dimension]),
            GradBEnc = backend.Place("GradBEnc", new double[Latents]),
            RowSquaredNorms = apart.RowSquaredNorms,
            EncoderPath = apart.EncoderPath,
        };
        backend.LatentGradients(gradients);
        Step(backend, apart, apart.WEnc, gradients.GradWEnc.Value.Buffer);
        Step(backend, apart, apart.WDec, gradients.GradWDec.Value.Buffer);
        Step(backend, apart, apart.BEnc, gradients.GradBEnc);
        backend.NormalizeRows(new NormalizeRowsArguments { Matrix = gradients.WDec });
        Compare("WEnc", apart.WEnc, together.WEnc, roundings);
        Compare("WDec", apart.WDec, together.WDec, roundings);
        Compare("BEnc", apart.BEnc, together.BEnc, roundings);
        TensorAssert.Equal("RowSquaredNorms", apart.RowSquaredNorms.ToArray(), together.RowSquaredNorms.ToArray());
        TensorAssert.Equal("EncoderPath", apart.EncoderPath.ToArray(), together.EncoderPath.ToArray());
    }

    private static void Step(
        IComputeBackend backend, UpdateLatentsArguments apart, AdamParameters parameters, RealBuffer gradient) =>
        backend.AdamUpdate(new AdamUpdateArguments
        {
            Length = (int)gradient.Length,
            Parameters = parameters.Values,
            Gradient = gradient,
            FirstMoment = parameters.FirstMoment,
            SecondMoment = parameters.SecondMoment,
            Step = apart.Step,
            GradientFactor = apart.GradientFactor,
        });

    private static void Compare(string name, AdamParameters expected, AdamParameters found, int roundings)
    {
        double[] values = expected.Values.ToArray();
        double bound = (double)roundings / (1 << 24);
        TensorAssert.Within(name, values, found.Values.ToArray(), i => bound * (1 + Math.Abs(values[i])));
        double[] first = expected.FirstMoment.ToArray();
        TensorAssert.Within($"{name}.M", first, found.FirstMoment.ToArray(), i => bound * (1 + Math.Abs(first[i])));
        double[] second = expected.SecondMoment!.ToArray();
        TensorAssert.Within($"{name}.V", second, found.SecondMoment!.ToArray(), i => bound * (1 + Math.Abs(second[i])));
    }

    private static SparseCodes Codes(IComputeBackend backend) => backend.PlaceCodes([(0, 1), (2, 2)], [(0, 3)]);

    private static UpdateLatentsArguments Arguments(IComputeBackend backend, SparseCodes codes)
    {
        LatentMajorList list = new(backend, Latents, codes.Capacity);
        backend.BuildLatentMajor(new BuildLatentMajorArguments { Rows = Rows, Codes = codes, List = list });
        return new UpdateLatentsArguments
        {
            Inputs = new LatentGradientInputs
            {
                List = list,
                Input = backend.PlaceMatrix("Input", Rows, Dimension, 1, 2, 0, -1, 5, 3, 1, 2),
                Residuals = backend.PlaceMatrix("Residuals", Rows, Dimension, 1, 2, 1, 0, -1, 2, 0, 1),
                ResidualScale = -0.5,
                ProjectDecoderGradient = true,
            },
            WEnc = Parameters(backend, 1, -1, 0, 2, 0, 0, 1, 1, 2, 1, 0, -1),
            BEnc = Parameters(backend, 1, 0, -1),
            WDec = Parameters(backend, 1, 0, 0, 0, 0, 0, 1, 0, 0, -1, 0, 0),
            Step = new OptimizerStep { LearningRate = 0.01, Beta1 = 0.9, Beta2 = 0.999, Epsilon = 1e-8, Step = 3 },
            GradientFactor = new ScalarSlot(backend.Place("Factor", 0.5), 0),
            NormalizeDecoder = true,
            RowSquaredNorms = backend.Place("RowSquaredNorms", new double[Latents]),
            EncoderPath = backend.Place("EncoderPath", new double[Dimension]),
        };
    }

    private static AdamParameters Parameters(IComputeBackend backend, params double[] values) => new(
        backend.Place("W", values),
        backend.Place("M", [.. values.Select((_, i) => 0.25 * ((i % 3) - 1))]),
        backend.Place("V", [.. values.Select((_, i) => 0.0625 * (1 + (i % 2)))]));
}
