using ILGPU;

namespace SaeKernels.Ilgpu;

/// <summary>
/// What becomes of the bounds that <see cref="ScreenTiles{TScreen}"/> finds: a selector of what float32 has to look at,
/// as a struct type parameter, so that each is a kernel of its own.
/// </summary>
/// <remarks>
/// Of a group's state it has a length and a threshold for each slot, 0 and −∞ at first. No member waits at a barrier;
/// there is one between any two of <see cref="Offer"/>, <see cref="Tidy"/> and <see cref="End"/>.
/// </remarks>
/// <typeparam name="TSelf">The implementing struct.</typeparam>
internal interface IScreen<TSelf>
    where TSelf : struct, IScreen<TSelf>
{
    /// <summary>Hands over the bounds of a pre-activation; a mode without proof takes the lower one.</summary>
    static abstract void Offer(TSelf self, TileJob job, ScreenedValue value, ScreenState state);

    /// <summary>Makes room for the next tile; threads take slots in turns.</summary>
    static abstract void Tidy(TSelf self, TileJob job, ScreeningLatents latents, ScreenState state);

    /// <summary>Hands over what the group's state holds.</summary>
    static abstract void End(TSelf self, TileJob job, ScreenState state);
}

/// <summary>Bounds of a pre-activation.</summary>
internal struct ScreenedValue
{
    public int Slot;
    public int Latent;
    public float Lower;
    public float Upper;

    /// <summary>0 where the bounds prove nothing.</summary>
    public int IsTrusted;
}

/// <summary>What a group knows of the rows of a block, in shared memory.</summary>
internal struct ScreenState
{
    public ArrayView<float> FactorsOfNorm;
    public ArrayView<float> FactorsOfError;
    public ArrayView<int> Lengths;
    public ArrayView<float> Thresholds;

    /// <summary>What the radii of a row depend on.</summary>
    public static ScreeningRow RowOf(ScreenState state, int slot) => new()
    {
        FactorOfNorm = state.FactorsOfNorm[slot],
        FactorOfError = state.FactorsOfError[slot],
    };
}
