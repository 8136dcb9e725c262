using System.Runtime.InteropServices;
using SaeKernels.Data;
using SaeKernels.Files;

namespace SaeKernels.Tests;

/// <summary>Sites whose vectors lie side by side.</summary>
public sealed class JoinedSitesTests : IDisposable
{
    private readonly TestFolder folder = new();

    [Theory]
    [InlineData(TensorType.F32, TensorType.F32, TensorType.F32)]
    [InlineData(TensorType.F32, TensorType.F16, TensorType.F32)]
    [InlineData(TensorType.F16, TensorType.F16, TensorType.F16)]
    [InlineData(TensorType.BF16, TensorType.BF16, TensorType.BF16)]
    public void A_vector_is_that_of_the_first_site_followed_by_that_of_the_second(
        TensorType first, TensorType second, TensorType stored)
    {
        // The second site lies in two files. Elements below 256 are exact in bfloat16: rows 100 and more are not read.
        using ActivationStore store = ActivationStore.Join(
        [
            StoreFiles.Open(Small("a.safetensors", first, 0, 9, width: 2)),
            StoreFiles.Open(
                Small("b.safetensors", second, 100, 4, width: 3), Small("c.safetensors", second, 112, 5, width: 3)),
        ]);
        float[] rows = new float[4 * 5];

        store.Read(2, rows);

        Assert.Equal((9L, 5, stored), (store.Count, store.DIn, store.StoredType));
        float[] expected =
        [
            4, 5, 106, 107, 108,
            6, 7, 109, 110, 111,
            8, 9, 112, 113, 114,
            10, 11, 115, 116, 117,
        ];
        Assert.Equal(expected, rows);
        Assert.Equal(expected, ReadStored(store, 2, 4));
    }

    [Fact]
    public void One_site_alone_is_returned_as_it_is()
    {
        using ActivationStore store = StoreFiles.Open(StoreFiles.Write(this.folder, "a.safetensors", 2));

        Assert.Same(store, ActivationStore.Join([store]));
    }

    [Fact]
    public void What_only_one_site_says_of_its_rows_holds_for_all()
    {
        using ActivationStore store = ActivationStore.Join(
        [
            StoreFiles.Open(StoreFiles.Write(this.folder, "a.npy", 4)),
            StoreFiles.Open(StoreFiles.Write(this.folder, "b.safetensors", 4, documentOf: row => 10 + (row / 2))),
        ]);
        long[] documents = new long[3];
        long[] tokens = new long[3];
        long[] positions = new long[3];

        store.ReadDocumentIds(1, documents);
        store.ReadTokenIds(1, tokens);
        store.ReadPositions(1, positions);

        Assert.Equal([10L, 11, 11], documents);
        Assert.Equal([7L, 14, 21], tokens);
        Assert.Equal([-1L, -2, -3], positions);
    }

    [Fact]
    public void Sites_of_different_length_are_refused()
    {
        string shorter = StoreFiles.Write(this.folder, "short.npy", 3);
        string longer = StoreFiles.Write(this.folder, "long.npy", 4);
        using ActivationStore first = StoreFiles.Open(longer);
        using ActivationStore second = StoreFiles.Open(shorter);

        InvalidDataException fault =
            Assert.Throws<InvalidDataException>(() => ActivationStore.Join([first, second]));

        Assert.Equal(
            $"{shorter}: must have as many vectors as {longer}, 4, one for each of the same tokens, but has 3. Record "
            + "both sites in one pass.",
            fault.Message);
    }

    [Fact]
    public void Sites_of_different_documents_are_refused_with_the_first_row_that_differs()
    {
        string one = StoreFiles.Write(this.folder, "one.safetensors", 6, documentOf: row => row / 3);
        string other = StoreFiles.Write(this.folder, "other.safetensors", 6, documentOf: row => row / 4);
        using ActivationStore first = StoreFiles.Open(one);
        using ActivationStore silent = StoreFiles.Open(StoreFiles.Write(this.folder, "silent.npy", 6));
        using ActivationStore second = StoreFiles.Open(other);

        InvalidDataException fault =
            Assert.Throws<InvalidDataException>(() => ActivationStore.Join([first, silent, second]));

        Assert.Equal(
            $"{other}: 'doc_ids' must be those of {one}, but row 3 is of document 0, not 1. Record both sites in one "
            + "pass, in the same order.",
            fault.Message);
    }

    [Fact]
    public void No_site_at_all_is_refused() => Assert.Equal(
        "ActivationStore: at least 1 site must be joined, but there is none. Pass some.",
        Assert.Throws<ArgumentException>(() => ActivationStore.Join([])).Message);

    public void Dispose() => this.folder.Dispose();

    /// <summary>Writes rows of consecutive whole numbers.</summary>
    private string Small(string name, TensorType type, int start, int rows, int width)
    {
        string path = this.folder.PathOf(name);
        SafetensorsWriter.Write(path, [TensorContent.Singles(
            "activations",
            [rows, width],
            (first, to) =>
            {
                for (int i = 0; i < to.Length; i++)
                {
                    to[i] = start + first + i;
                }
            },
            type)]);
        return path;
    }

    private static float[] ReadStored(ActivationStore store, long firstRow, int rows)
    {
        int size = store.StoredType == TensorType.F32 ? sizeof(float) : sizeof(ushort);
        byte[] bytes = new byte[rows * store.DIn * size];
        store.ReadStored(firstRow, bytes);
        ReadOnlySpan<ushort> words = MemoryMarshal.Cast<byte, ushort>(bytes);
        return store.StoredType switch
        {
            TensorType.F16 => [.. words.ToArray().Select(word => (float)BitConverter.UInt16BitsToHalf(word))],
            TensorType.BF16 => [.. words.ToArray().Select(word => BitConverter.Int32BitsToSingle(word << 16))],
            _ => MemoryMarshal.Cast<byte, float>(bytes).ToArray(),
        };
    }
}
