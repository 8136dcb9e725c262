using ILGPU;

namespace SaeKernels.Ilgpu;

/// <summary>
/// What becomes of the pre-activations of a job: the consumer behind every producer of tiles, as a struct type
/// parameter, so that each pairing is a kernel of its own.
/// </summary>
/// <remarks>
/// For each job the threads of a group call <see cref="Begin"/>, and after a barrier for each tile: <see cref="Count"/>
/// for each value, <see cref="Reserve"/> by one thread, <see cref="Offer"/> for each value, and after a barrier
/// <see cref="Tidy"/>; at last, after a barrier, <see cref="End"/>. A tile adds at most as many latents to a row as the
/// selector was told when it was made. No member waits at a barrier. Latents of a job ascend from tile to tile.
/// </remarks>
/// <typeparam name="TSelf">The implementing struct.</typeparam>
internal interface ISelector<TSelf>
    where TSelf : struct, ISelector<TSelf>
{
    /// <summary>Elements of shared memory in use, at most <see cref="Selectors.StateLength"/>.</summary>
    static abstract int StateLength { get; }

    /// <summary>Whether a launch that was enqueued turned out to be needless; the same for all groups.</summary>
    static abstract bool IsIdle(TSelf self);

    /// <summary>Prepares the group's state.</summary>
    static abstract void Begin(TSelf self, TileJob job, ArrayView<int> state);

    /// <summary>Whether a value of this order is of interest at all. Order 0 never is: it marks padding.</summary>
    static abstract bool Accepts(
        TSelf self, TileJob job, ArrayView<int> state, int slot, int latent, uint order);

    /// <summary>
    /// Returns, a bit a slot, for which of 16 neighbouring slots <see cref="Accepts"/> may accept a latent: what is
    /// quick to tell of all at once.
    /// </summary>
    /// <param name="self">The selector.</param>
    /// <param name="job">The job.</param>
    /// <param name="state">The group's state.</param>
    /// <param name="firstSlot">The first slot.</param>
    /// <param name="latent">The latent.</param>
    /// <param name="lanes">The pre-activations of the slots.</param>
    /// <param name="first">The place of the first slot's.</param>
    static abstract uint AcceptsLanes(
        TSelf self, TileJob job, ArrayView<int> state, int firstSlot, int latent, ArrayView<float> lanes, int first);

    /// <summary>The places in a store common to all groups that an accepted value takes: 0 or 1.</summary>
    static abstract int Count(TSelf self, TileJob job, ArrayView<int> state, int slot, int latent, uint order);

    /// <summary>Takes places in the common store and returns the first.</summary>
    static abstract int Reserve(TSelf self, int count);

    /// <summary>Hands over a value that <see cref="Accepts"/>; returns the place for the thread's next one.</summary>
    static abstract int Offer(
        TSelf self, TileJob job, ArrayView<int> state, int slot, int latent, uint order, int place);

    /// <summary>Makes room for the next tile in the rows from a slot on; threads take rows in turns.</summary>
    static abstract void Tidy(TSelf self, TileJob job, ArrayView<int> state, int firstSlot, int slots);

    /// <summary>Hands over what the group's state holds.</summary>
    static abstract void End(TSelf self, TileJob job, ArrayView<int> state);
}
