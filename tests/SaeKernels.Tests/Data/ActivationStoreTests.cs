using SaeKernels.Data;
using SaeKernels.Files;

namespace SaeKernels.Tests;

public sealed class ActivationStoreTests : IDisposable
{
    private readonly TestFolder folder = new();

    [Fact]
    public void Rows_are_read_across_shards()
    {
        StoreFiles.Write(this.folder, "b.npy", 4, firstRow: 5);
        StoreFiles.Write(this.folder, "a.safetensors", 5);
        StoreFiles.Write(this.folder, "c.safetensors", 3, firstRow: 9, type: TensorType.F64);
        File.WriteAllText(this.folder.PathOf("readme.txt"), "not data");
        using ActivationStore store = StoreFiles.Open(this.folder.Root);
        float[] rows = new float[10 * StoreFiles.DIn];

        store.Read(1, rows);

        Assert.Equal(12, store.Count);
        Assert.Equal(StoreFiles.DIn, store.DIn);
        Assert.Equal([0L, 5, 9], store.Shards.Select(shard => shard.FirstRow));
        Assert.Equal(
            ["a.safetensors", "b.npy", "c.safetensors"],
            store.Shards.Select(shard => Path.GetFileName(shard.Path)));
        Assert.Equal(Enumerable.Range(1, 10).Select(row => (long)row), StoreFiles.RowsOf(rows));
    }

    [Fact]
    public void Shards_are_sorted_by_ordinal_name()
    {
        foreach (string name in new[] { "a10.npy", "a9.npy", "B.npy", "a_1.npy" })
        {
            StoreFiles.Write(this.folder, name, 1);
        }

        using ActivationStore store = StoreFiles.Open(this.folder.Root);

        Assert.Equal(
            ["B.npy", "a10.npy", "a9.npy", "a_1.npy"],
            store.Shards.Select(shard => Path.GetFileName(shard.Path)));
    }

    [Fact]
    public void Files_keep_the_order_in_which_they_are_given()
    {
        string first = StoreFiles.Write(this.folder, "z.npy", 2);
        string second = StoreFiles.Write(this.folder, "a.npy", 2, firstRow: 2);
        using ActivationStore store = StoreFiles.Open(first, second);
        float[] rows = new float[4 * StoreFiles.DIn];

        store.Read(0, rows);

        Assert.Equal([0L, 1, 2, 3], StoreFiles.RowsOf(rows));
    }

    [Fact]
    public void The_only_matrix_is_found_whatever_its_name()
    {
        string path = StoreFiles.Write(this.folder, "a.safetensors", 2, documentOf: row => row, tensorName: "resid");
        using ActivationStore store = StoreFiles.Open(path);

        Assert.Equal("resid", store.Shards[0].Activations.Name);
    }

    [Fact]
    public void A_tensor_can_be_chosen()
    {
        string path = WriteTwoMatrices();
        using ActivationStore store = ActivationStore.Open([path], new ActivationStoreOptions { TensorName = "y" });

        Assert.Equal(4, store.DIn);
    }

    [Fact]
    public void Document_token_and_position_numbers_are_read_across_shards()
    {
        StoreFiles.Write(this.folder, "a.safetensors", 5, documentOf: row => row / 2);
        StoreFiles.Write(this.folder, "b.safetensors", 5, firstRow: 5, documentOf: row => row / 2);
        using ActivationStore store = StoreFiles.Open(this.folder.Root);
        long[] documents = new long[8];
        long[] tokens = new long[8];
        long[] positions = new long[8];

        store.ReadDocumentIds(1, documents);
        store.ReadTokenIds(1, tokens);
        store.ReadPositions(1, positions);

        Assert.True(store.HasDocuments && store.HasTokenIds && store.HasPositions);
        Assert.Equal([0L, 1, 1, 2, 2, 3, 3, 4], documents);
        Assert.Equal([7L, 14, 21, 28, 35, 42, 49, 56], tokens);
        Assert.Equal([-1L, -2, -3, -4, -5, -6, -7, -8], positions);
    }

    [Fact]
    public void Documents_count_only_where_every_shard_has_them()
    {
        StoreFiles.Write(this.folder, "a.safetensors", 5, documentOf: row => row);
        string bare = StoreFiles.Write(this.folder, "b.safetensors", 5, firstRow: 5);
        using ActivationStore store = StoreFiles.Open(this.folder.Root);

        Assert.False(store.HasDocuments);
        InvalidOperationException fault =
            Assert.Throws<InvalidOperationException>(() => store.ReadDocumentIds(0, new long[10]));
        Assert.Equal(
            $"{bare}: must hold 'doc_ids', but does not. Ask the store first whether it has "
            + "them.",
            fault.Message);
    }

    [Fact]
    public void A_last_shard_that_was_cut_off_is_used_as_far_as_it_goes_when_allowed()
    {
        StoreFiles.Write(this.folder, "a.safetensors", 5);
        string last = StoreFiles.Write(this.folder, "b.safetensors", 5, firstRow: 5);
        this.folder.CutTo("b.safetensors", new FileInfo(last).Length - 14);
        using ActivationStore store =
            ActivationStore.Open([this.folder.Root], new ActivationStoreOptions { AllowShort = true });
        float[] rows = new float[8 * StoreFiles.DIn];

        store.Read(0, rows);

        Assert.Equal(8, store.Count);
        Assert.Equal(5, store.Shards[1].DeclaredCount);
        Assert.Equal([0L, 1, 2, 3, 4, 5, 6, 7], StoreFiles.RowsOf(rows));
    }

    [Fact]
    public void Numbers_of_rows_that_were_cut_off_count_as_absent()
    {
        // I64 tensors come first in the file, so that cutting loses activations and keeps all document ids.
        StoreFiles.Write(this.folder, "a.safetensors", 5, documentOf: row => row);
        this.folder.CutTo("a.safetensors", new FileInfo(this.folder.PathOf("a.safetensors")).Length - 1);
        using ActivationStore store =
            ActivationStore.Open([this.folder.Root], new ActivationStoreOptions { AllowShort = true });

        Assert.Equal(4, store.Count);
        Assert.True(store.HasDocuments);
    }

    [Fact]
    public void Nothing_is_read_where_nothing_is_asked_for()
    {
        using ActivationStore store = StoreFiles.Open(StoreFiles.Write(this.folder, "a.npy", 2));

        store.Read(2, []);
    }

    public void Dispose() => this.folder.Dispose();

    private string WriteTwoMatrices()
    {
        string path = this.folder.PathOf("two.safetensors");
        SafetensorsWriter.Write(path, [
            TensorContent.Singles("x", [2, 3], (_, to) => to.Clear()),
            TensorContent.Singles("y", [2, 4], (_, to) => to.Clear()),
        ]);
        return path;
    }
}
