using SaeKernels.Data;

namespace SaeKernels.Tests;

public sealed class DataHashTests : IDisposable
{
    private const int LargeRows = 1 << 20;
    private readonly TestFolder folder = new();

    [Fact]
    public void Names_and_folders_do_not_matter()
    {
        StoreFiles.Write(this.folder, "a.npy", 10);
        StoreFiles.Write(this.folder, "b.npy", 20);
        Directory.CreateDirectory(this.folder.PathOf("moved"));
        File.Copy(this.folder.PathOf("a.npy"), this.folder.PathOf("moved/x.npy"));
        File.Copy(this.folder.PathOf("b.npy"), this.folder.PathOf("moved/y.npy"));

        Assert.Equal(Hash(HashMode.Sampled, this.folder.Root), Hash(HashMode.Sampled, this.folder.PathOf("moved")));
        Assert.Equal(Hash(HashMode.Full, this.folder.Root), Hash(HashMode.Full, this.folder.PathOf("moved")));
    }

    [Fact]
    public void The_order_of_files_matters()
    {
        string a = StoreFiles.Write(this.folder, "a.npy", 10);
        string b = StoreFiles.Write(this.folder, "b.npy", 10, firstRow: 10);

        Assert.NotEqual(Hash(HashMode.Full, a, b), Hash(HashMode.Full, b, a));
        Assert.NotEqual(Hash(HashMode.Sampled, a, b), Hash(HashMode.Sampled, b, a));
    }

    [Fact]
    public void The_hash_is_the_one_it_was_on_other_machines()
    {
        string path = StoreFiles.Write(this.folder, "a.npy", 10);

        // Computed apart from this code: SHA-256 of the mode's line, the length as 8 bytes, and the file.
        Assert.Equal("23f57fc035e77b9f7cc1409ea3abc34021d47ff69dbb037450e25d9927de5109", Hash(HashMode.Full, path));
        Assert.Equal("334c0c9c3212695c4abf0a817a20274a30ca7eeb033069a8928064308f40956f", Hash(HashMode.Sampled, path));
    }

    [Fact]
    public void Any_byte_of_a_small_file_changes_both_hashes()
    {
        string path = StoreFiles.Write(this.folder, "a.npy", 1);
        byte[] bytes = File.ReadAllBytes(path);
        HashSet<string> seen = [Hash(HashMode.Full, path), Hash(HashMode.Sampled, path)];
        for (int i = 128; i < bytes.Length; i++)
        {
            bytes[i] ^= 1;
            File.WriteAllBytes(path, bytes);
            bytes[i] ^= 1;

            Assert.True(seen.Add(Hash(HashMode.Full, path)));
            Assert.True(seen.Add(Hash(HashMode.Sampled, path)));
        }
    }

    [Fact]
    public void Of_a_large_file_the_full_hash_sees_every_block_and_the_sampled_one_sees_64()
    {
        const int BlockBytes = 1 << 16;
        string path = StoreFiles.Write(this.folder, "large.npy", LargeRows);
        string full = Hash(HashMode.Full, path);
        string sampled = Hash(HashMode.Sampled, path);
        using FileStream stream = new(path, FileMode.Open);
        int blocks = (int)((stream.Length - 128) / BlockBytes);
        int seenBySampled = 0;
        for (int block = 0; block < blocks; block++)
        {
            // One file takes 0.1 s to hash whole; a few places are enough there.
            Flip(stream, 128 + ((long)block * BlockBytes) + (block * 331));
            seenBySampled += Hash(HashMode.Sampled, path) == sampled ? 0 : 1;
            if (block % 64 == 5)
            {
                Assert.NotEqual(full, Hash(HashMode.Full, path));
            }

            Flip(stream, 128 + ((long)block * BlockBytes) + (block * 331));
        }

        Assert.Equal(192, blocks);
        Assert.Equal(64, seenBySampled);
    }

    [Fact]
    public void The_length_of_a_large_file_changes_the_sampled_hash()
    {
        string path = StoreFiles.Write(this.folder, "large.npy", LargeRows);
        string whole = Hash(HashMode.Sampled, path);
        this.folder.CutTo("large.npy", new FileInfo(path).Length - 12);
        using ActivationStore store = ActivationStore.Open([path], new ActivationStoreOptions { AllowShort = true });

        Assert.NotEqual(whole, store.ComputeHash(HashMode.Sampled));
    }

    public void Dispose() => this.folder.Dispose();

    private static string Hash(HashMode mode, params string[] paths)
    {
        using ActivationStore store = StoreFiles.Open(paths);
        return store.ComputeHash(mode);
    }

    private static void Flip(FileStream stream, long offset)
    {
        stream.Position = offset;
        int value = stream.ReadByte();
        stream.Position = offset;
        stream.WriteByte((byte)(value ^ 1));
        stream.Flush();
    }
}
