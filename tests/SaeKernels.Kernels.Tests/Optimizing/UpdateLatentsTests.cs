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

    [Fact]
    public void In_double_averages_have_the_bits_of_a_sum_after_the_visit() =>
        CompareWithSums(ReferenceBackend.CreateDouble());

    [SkippableTheory]
    [MemberData(nameof(TestBackends.All), MemberType = typeof(TestBackends))]
    public void Averages_have_the_bits_of_a_sum_after_the_visit(string name) =>
        TestBackends.Use(name, CompareWithSums);

    [SkippableTheory]
    [MemberData(nameof(TestBackends.All), MemberType = typeof(TestBackends))]
    public void Wrong_arguments_are_refused(string name) => TestBackends.Use(name, backend =>
    {
        using SparseCodes codes = Codes(backend);
        UpdateLatentsArguments good = Arguments(backend, codes);
        RowAverages averages = AveragesOf(backend, good);
        Conformance.Refuses(
            "UpdateLatents: BEnc must hold at least 3 elements, but holds 1. Allocate a larger buffer.",
            () => backend.UpdateLatents(good with { BEnc = good.BEnc with { FirstMoment = backend.Place("M", 0.0) } }));
        Conformance.Refuses(
            "UpdateLatents: Step must be at least 1, but is 0. Count steps from 1.",
            () => backend.UpdateLatents(good with { Step = good.Step with { Step = 0 } }));
        Conformance.Refuses(
            "UpdateLatents: RowSquaredNorms must hold at least 3 elements, but holds 1. Allocate a larger buffer.",
            () => backend.UpdateLatents(good with { RowSquaredNorms = backend.Place("N", 0.0) }));
        Conformance.Refuses(
            "UpdateLatents: Averages.WDec must hold at least 12 elements, but holds 1. Allocate a larger buffer.",
            () => backend.UpdateLatents(
                good with { Averages = averages with { WDec = backend.Place("A", 0.0) } }));
        Conformance.Refuses(
            "UpdateLatents: Averages.Decay must be from 0 to below 1 in float32, but is 0.99999999. Change "
            + "Averages.Decay.",
            () => backend.UpdateLatents(good with { Averages = averages with { Decay = 0.99999999 } }));
        Conformance.Refuses(
            "UpdateLatents: Averages.BEnc must be a buffer of its own, but is M, which the step writes already. "
            + "Allocate one.",
            () => backend.UpdateLatents(
                good with { Averages = averages with { BEnc = good.WEnc.FirstMoment } }));
        Conformance.Refuses(
            "UpdateLatents: Averages must be three buffers, or two where IsTied is True, but are A, A and A where it "
            + "is False. Average each matrix in a buffer of its own.",
            () => backend.UpdateLatents(good with { Averages = averages with { WDec = averages.WEnc } }));
    });

    /// <summary>Every kind of step, on two matrices and on one; the second latent has no entries.</summary>
    private static void CompareWithSums(IComputeBackend backend)
    {
        using SparseCodes codes = Codes(backend);
        UpdateLatentsArguments plain = Arguments(backend, codes);
        OptimizerStep signum = new()
        {
            Kind = OptimizerKind.Signum,
            LearningRate = 0.01,
            Beta1 = 0.95,
            Step = 3,
            AveragingWeight = 0.3,
        };
        OptimizerStep[] steps = [plain.Step, plain.Step with { WeightDecay = 0.1 }, signum];
        foreach (OptimizerStep step in steps)
        {
            foreach (bool isTied in (bool[])[false, true])
            {
                CompareWithSums(
                    backend, () => Arguments(backend, codes, isTied) with { Step = step, NormalizeDecoder = !isTied });
            }
        }
    }

    private static void CompareWithSums(IComputeBackend backend, Func<UpdateLatentsArguments> make)
    {
        UpdateLatentsArguments apart = make();
        RowAverages sums = AveragesOf(backend, apart);
        backend.UpdateLatents(apart);
        Average(backend, sums, sums.BEnc, apart.BEnc);
        Average(backend, sums, sums.WDec, apart.WDec);
        if (!apart.Inputs.IsTied)
        {
            Average(backend, sums, sums.WEnc, apart.WEnc);
        }

        UpdateLatentsArguments together = make();
        RowAverages averages = AveragesOf(backend, together);
        backend.UpdateLatents(together with { Averages = averages });
        TensorAssert.SameBits("WEnc", apart.WEnc.Values.ToArray(), together.WEnc.Values.ToArray());
        TensorAssert.SameBits("BEnc", apart.BEnc.Values.ToArray(), together.BEnc.Values.ToArray());
        TensorAssert.SameBits("WDec", apart.WDec.Values.ToArray(), together.WDec.Values.ToArray());
        TensorAssert.SameBits("Averages.WEnc", sums.WEnc.ToArray(), averages.WEnc.ToArray());
        TensorAssert.SameBits("Averages.BEnc", sums.BEnc.ToArray(), averages.BEnc.ToArray());
        TensorAssert.SameBits("Averages.WDec", sums.WDec.ToArray(), averages.WDec.ToArray());
    }

    private static void Average(
        IComputeBackend backend, RowAverages averages, RealBuffer sum, AdamParameters parameters) =>
        backend.WeightedSum(new WeightedSumArguments
        {
            Length = sum.Length,
            First = sum,
            FirstFactor = averages.Decay,
            Second = parameters.Values,
            SecondFactor = 1 - averages.Decay,
            Sum = sum,
        });

    private static RowAverages AveragesOf(IComputeBackend backend, UpdateLatentsArguments arguments)
    {
        RealBuffer wEnc = Average(backend, Latents * Dimension);
        return new RowAverages
        {
            WEnc = wEnc,
            BEnc = Average(backend, Latents),
            WDec = arguments.Inputs.IsTied ? wEnc : Average(backend, Latents * Dimension),
            Decay = 0.99,
        };
    }

    private static RealBuffer Average(IComputeBackend backend, int length) =>
        backend.Place("A", [.. Enumerable.Range(0, length).Select(i => Math.Sin(i + length))]);

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

    private static UpdateLatentsArguments Arguments(IComputeBackend backend, SparseCodes codes, bool isTied = false)
    {
        AdamParameters wDec = Parameters(backend, 1, 0, 0, 0, 0, 0, 1, 0, 0, -1, 0, 0);
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
                IsTied = isTied,
            },
            WEnc = isTied ? wDec : Parameters(backend, 1, -1, 0, 2, 0, 0, 1, 1, 2, 1, 0, -1),
            BEnc = Parameters(backend, 1, 0, -1),
            WDec = wDec,
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
