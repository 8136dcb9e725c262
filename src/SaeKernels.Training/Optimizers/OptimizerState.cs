using SaeKernels.Abstractions;

namespace SaeKernels.Training;

/// <summary>What an optimiser keeps for every parameter of a model, and an average of them where wanted.</summary>
public sealed class OptimizerState : IDisposable
{
    private readonly IComputeBackend backend;
    private readonly bool isTied;

    /// <summary>Allocates zeros.</summary>
    /// <param name="backend">The backend that owns the memory.</param>
    /// <param name="parameters">The model.</param>
    /// <param name="kind">The optimiser.</param>
    /// <param name="momentum">Muon's momentum, above 0 and below 1.</param>
    /// <param name="emaDecay">The decay of a moving average of the parameters, below 1; 0 for none.</param>
    public OptimizerState(
        IComputeBackend backend,
        SaeParameters parameters,
        OptimizerKind kind = OptimizerKind.Adam,
        double momentum = 0.95,
        double emaDecay = 0)
    {
        ArgumentNullException.ThrowIfNull(backend);
        ArgumentNullException.ThrowIfNull(parameters);
        this.backend = backend;
        this.Kind = kind;
        this.isTied = parameters.IsTied;
        this.WDec = AllocateMatrix("WDec", parameters.WDec);
        this.WEnc = this.isTied ? this.WDec : AllocateMatrix("WEnc", parameters.WEnc);
        this.BEnc = Allocate("BEnc", parameters.BEnc);
        this.BDec = Allocate("BDec", parameters.BDec);
        this.WSkip = parameters.WSkip is RealMatrix skip ? AllocateMatrix("WSkip", skip) : null;
        this.LatentVectors =
        [
            .. parameters.LatentVectors
                .Where(pair => pair.Vector.IsTrained)
                .Select(pair => (pair.Vector.Name, Allocate(pair.Vector.Name, pair.Values))),
        ];
        this.Muon = kind == OptimizerKind.Muon ? new MuonSteps(backend, parameters, momentum) : null;
        this.Average = emaDecay > 0 ? new WeightAverage(backend, this, emaDecay) : null;
    }

    /// <summary>The optimiser.</summary>
    public OptimizerKind Kind { get; }

    /// <summary>The encoder with its moments, [DSae, DIn]; the decoder's where both are one.</summary>
    public AdamParameters WEnc { get; }

    /// <summary>The encoder's bias with its moments, [DSae].</summary>
    public AdamParameters BEnc { get; }

    /// <summary>The decoder with its moments, [DSae, DOut].</summary>
    public AdamParameters WDec { get; }

    /// <summary>The decoder's bias with its moments, [DOut].</summary>
    public AdamParameters BDec { get; }

    /// <summary>The path past the latents with its moments, [DOut, DIn]; null where there is none.</summary>
    public AdamParameters? WSkip { get; }

    /// <summary>What latents have beside that and is trained, with its moments, each [DSae].</summary>
    public IReadOnlyList<(string Name, AdamParameters Parameters)> LatentVectors { get; }

    /// <summary>Takes the steps of matrices where they are Muon's; else null.</summary>
    internal MuonSteps? Muon { get; }

    /// <summary>The moving average of the parameters; null where there is none.</summary>
    internal WeightAverage? Average { get; }

    /// <summary>All trained parameters with their names, those of the model first; a tied matrix once.</summary>
    internal IEnumerable<(string Name, AdamParameters Parameters)> All =>
    [
        .. this.isTied ? [] : new[] { ("WEnc", this.WEnc) },
        ("BEnc", this.BEnc),
        ("WDec", this.WDec),
        ("BDec", this.BDec),
        .. this.WSkip is AdamParameters skip ? [("WSkip", skip)] : Array.Empty<(string, AdamParameters)>(),
        .. this.LatentVectors,
    ];

    /// <summary>Frees the moments; the parameters belong to the model.</summary>
    public void Dispose()
    {
        this.Average?.Dispose();
        this.Muon?.Dispose();
        foreach ((string _, AdamParameters parameters) in this.All)
        {
            parameters.FirstMoment.Dispose();
            parameters.SecondMoment?.Dispose();
        }
    }

    /// <summary>Lets Signum's iterate start where the parameters are; Adam's moments start at zero.</summary>
    internal void Start()
    {
        foreach ((string _, AdamParameters parameters) in this.Kind == OptimizerKind.Signum ? this.All : [])
        {
            this.backend.WeightedSum(new WeightedSumArguments
            {
                Length = parameters.Values.Length,
                First = parameters.Values,
                FirstFactor = 1,
                Second = parameters.Values,
                SecondFactor = 0,
                Sum = parameters.FirstMoment,
            });
        }
    }

    /// <summary>Sets what is kept of some parameters to what it is at the start.</summary>
    /// <param name="parameters">One of <see cref="All"/>.</param>
    /// <param name="first">The first of them that were set anew.</param>
    /// <param name="values">What they were set to.</param>
    internal void Restart(AdamParameters parameters, long first, ReadOnlySpan<double> values)
    {
        double[] zeros = new double[values.Length];
        parameters.FirstMoment.Upload(this.Kind == OptimizerKind.Signum ? values : zeros, first);
        parameters.SecondMoment?.Upload(zeros, first);
    }

    /// <summary>What is kept of a matrix: Muon needs no second moment.</summary>
    private AdamParameters AllocateMatrix(string name, RealMatrix matrix) => this.Kind == OptimizerKind.Muon
        ? new AdamParameters(
            matrix.Buffer, this.backend.AllocateReal($"{name}.FirstMoment", matrix.Buffer.Length), null)
        : Allocate(name, matrix.Buffer);

    private AdamParameters Allocate(string name, RealBuffer values) => new(
        values,
        this.backend.AllocateReal($"{name}.FirstMoment", values.Length),
        this.Kind == OptimizerKind.Signum
            ? null
            : this.backend.AllocateReal($"{name}.SecondMoment", values.Length));
}
