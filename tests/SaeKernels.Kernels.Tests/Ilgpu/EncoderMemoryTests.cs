using SaeKernels.Abstractions;
using SaeKernels.Testing;

namespace SaeKernels.Kernels.Tests.Ilgpu;

public sealed class EncoderMemoryTests
{
    private const int Batch = 128;
    private const int K = 4;
    private const int FewLatents = 4096;
    private const int ManyLatents = 65_536;

    // Counts and bounds of latents, and the ties that a batch-wide selection may hold of one row. A matrix of
    // pre-activations would take 512 bytes a latent.
    private const long MostBytesPerLatent = 64;

    [SkippableTheory]
    [InlineData("ilgpu-cpu")]
    [InlineData("cuda")]
    [InlineData("opencl")]
    public void Memory_of_the_encoders_does_not_grow_with_batch_times_latents(string name) =>
        TestBackends.Use(name, backend =>
        {
            // The first call allocates what does not depend on the number of latents.
            long few = BytesAfterEncoding(backend, FewLatents);
            long many = BytesAfterEncoding(backend, ManyLatents);
            Assert.InRange(many - few, 0, MostBytesPerLatent * (ManyLatents - FewLatents));
        });

    /// <summary>Returns the bytes that the backend itself keeps, once the buffers made here are gone.</summary>
    private static long BytesAfterEncoding(IComputeBackend backend, int latents)
    {
        using RealBuffer input = backend.AllocateReal("Input", Batch);
        using RealBuffer wEnc = backend.AllocateReal("WEnc", latents);
        using RealBuffer bEnc = backend.AllocateReal("BEnc", latents);
        using RealBuffer cut = backend.AllocateReal("Cut", 1);
        using SparseCodes codes = new(backend, "Codes", Batch, Batch * K);
        using IntBuffer mask = backend.Place("Mask", [.. Enumerable.Range(0, latents).Select(latent => latent % 2)]);
        using SparseCodes auxCodes = new(backend, "AuxCodes", Batch, Batch * K);
        input.Upload([.. Enumerable.Repeat(1f, Batch)]);
        bEnc.Upload([.. Enumerable.Range(0, latents).Select(latent => latent < K ? 1f : -1f)]);
        RealMatrix batch = new(input, Batch, 1);
        RealMatrix weights = new(wEnc, latents, 1);
        AuxSelection aux = new() { Mask = mask, K = K, Codes = auxCodes };
        backend.EncodeTopK(new EncodeTopKArguments
        {
            Input = batch,
            WEnc = weights,
            BEnc = bEnc,
            K = K,
            Codes = codes,
            Aux = aux,
        });
        backend.EncodeThreshold(
            new EncodeThresholdArguments { Input = batch, WEnc = weights, BEnc = bEnc, Codes = codes, Aux = aux });
        backend.EncodeBatchTopK(new EncodeBatchTopKArguments
        {
            Input = batch,
            WEnc = weights,
            BEnc = bEnc,
            K = K,
            Codes = codes,
            Cut = new ScalarSlot(cut, 0),
            Aux = aux,
        });
        using LatentMajorList list = new(backend, latents, 2 * Batch * K);
        backend.BuildLatentMajor(
            new BuildLatentMajorArguments { Rows = Batch, Codes = codes, AuxCodes = auxCodes, List = list });
        backend.Synchronize();
        DeviceBuffer[] own =
        [
            input, wEnc, bEnc, cut, mask,
            codes.RowOffsets, codes.Indices, codes.Values, codes.NeededEntries,
            auxCodes.RowOffsets, auxCodes.Indices, auxCodes.Values, auxCodes.NeededEntries,
            list.Offsets, list.Rows, list.Values,
        ];
        return backend.AllocatedBytes - own.Sum(buffer => buffer.ByteLength);
    }
}
