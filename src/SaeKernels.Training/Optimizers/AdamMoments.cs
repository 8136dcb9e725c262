using SaeKernels.Abstractions;

namespace SaeKernels.Training;

/// <summary>Adam's two moments for every parameter of a model.</summary>
public sealed class AdamMoments : IDisposable
{
    /// <summary>Allocates zeros.</summary>
    /// <param name="backend">The backend that owns the memory.</param>
    /// <param name="parameters">The model.</param>
    public AdamMoments(IComputeBackend backend, SaeParameters parameters)
    {
        ArgumentNullException.ThrowIfNull(backend);
        ArgumentNullException.ThrowIfNull(parameters);
        this.WEnc = Allocate(backend, "WEnc", parameters.WEnc.Buffer);
        this.BEnc = Allocate(backend, "BEnc", parameters.BEnc);
        this.WDec = Allocate(backend, "WDec", parameters.WDec.Buffer);
        this.BDec = Allocate(backend, "BDec", parameters.BDec);
        this.WSkip = parameters.WSkip is RealMatrix skip ? Allocate(backend, "WSkip", skip.Buffer) : null;
        this.LatentVectors =
        [
            .. parameters.LatentVectors
                .Where(pair => pair.Vector.IsTrained)
                .Select(pair => (pair.Vector.Name, Allocate(backend, pair.Vector.Name, pair.Values))),
        ];
    }

    /// <summary>The encoder with its moments, [DSae, DIn].</summary>
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

    /// <summary>Frees the moments; the parameters belong to the model.</summary>
    public void Dispose()
    {
        AdamParameters[] skip = this.WSkip is AdamParameters given ? [given] : [];
        foreach (AdamParameters parameters in
            (AdamParameters[])
            [
                this.WEnc, this.BEnc, this.WDec, this.BDec, .. skip,
                .. this.LatentVectors.Select(pair => pair.Parameters),
            ])
        {
            parameters.FirstMoment.Dispose();
            parameters.SecondMoment.Dispose();
        }
    }

    private static AdamParameters Allocate(IComputeBackend backend, string name, RealBuffer values) => new(
        values,
        backend.AllocateReal($"{name}.FirstMoment", values.Length),
        backend.AllocateReal($"{name}.SecondMoment", values.Length));
}
