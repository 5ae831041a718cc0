// The keys of the object that is being read: whether one occurs twice. Part of JsonReader.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bankfeed::plaid
{

/// Keeps the keys of one object after the other, all of one document and one depth. Most objects
/// have the keys of an earlier one in the same order: a key that stands where the earlier object
/// had the same key cannot be a duplicate, because that object had none. So it is compared once
/// and not hashed; an object that differs is checked key by key.
class JsonKeys
{
public:
    /// Forgets the document.
    void clear()
    {
        for (Shape& shape : shapes_)
            shape.clear();
        begin();
        decoded_.clear();
    }

    /// Before the first key of an object.
    void begin()
    {
        shape_ = nullptr;
        count_ = 0;
        escaped_ = false;
    }

    [[nodiscard]] std::size_t size() const { return count_; }

    /// Whether the key that an object like this had here stands at `text`, its closing quote
    /// included; takes it as seen then. `room` is how many bytes may be read.
    bool expected(const char* text, std::size_t room, std::string_view& key)
    {
        if (count_ == 0) shape_ = shapeThatStartsWith(text, room);
        if (shape_ == nullptr || count_ == shape_->size()) return false;
        const std::string_view wanted = (*shape_)[count_];
        if (!stands(wanted, text, room)) return false;
        ++count_;
        key = {text, wanted.size()};
        return true;
    }

    /// Takes another key. False when the object has it already. The view must stay valid.
    bool insert(std::string_view key)
    {
        if (shape_ != nullptr || count_ == 0) leaveShape();
        if (!add(key)) return false;
        ++count_;
        return true;
    }

    /// After the last key: an object of a new kind becomes one to expect. Not one with escapes in a
    /// key, because what is expected is compared with the text as it stands.
    void end()
    {
        if (shape_ != nullptr || count_ == 0 || escaped_) return;
        Shape& shape = shapes_[nextShape_];
        nextShape_ = (nextShape_ + 1) % shapes_.size();
        shape.clear();
        for (const Key& key : keys_)
            shape.push_back(key.text);
    }

    /// Keeps a key that had to be decoded until the document is forgotten.
    std::string_view own(std::string key)
    {
        escaped_ = true;
        decoded_.push_back(std::make_unique<std::string>(std::move(key)));
        return *decoded_.back();
    }

private:
    using Shape = std::vector<std::string_view>;
    struct Key
    {
        std::string_view text;
        std::uint32_t hash = 0;
    };

    static std::uint64_t eightBytes(const char* bytes)
    {
        std::uint64_t word = 0;
        std::memcpy(&word, bytes, sizeof word);
        return word;
    }

    /// Eight bytes at a time, the last eight once more: a call of memcmp costs more than that.
    static bool stands(std::string_view key, const char* text, std::size_t room)
    {
        const std::size_t size = key.size();
        if (size >= room || text[size] != '"') return false;
        if (size < 8) return key == std::string_view(text, size);
        for (std::size_t at = 0; at + 8 < size; at += 8)
        {
            if (eightBytes(key.data() + at) != eightBytes(text + at)) return false;
        }
        return eightBytes(key.data() + size - 8) == eightBytes(text + size - 8);
    }

    const Shape* shapeThatStartsWith(const char* text, std::size_t room) const
    {
        for (const Shape& shape : shapes_)
        {
            if (!shape.empty() && stands(shape[0], text, room)) return &shape;
        }
        return nullptr;
    }

    /// The object is not like the earlier one: its keys so far are noted one by one.
    void leaveShape()
    {
        keys_.clear();
        seen_ = {};
        for (std::size_t i = 0; i < count_; ++i)
            add((*shape_)[i]);
        shape_ = nullptr;
    }

    /// A small bit set answers most questions; the list is exact.
    bool add(std::string_view key)
    {
        const std::uint32_t hash = hashOf(key);
        std::uint64_t& word = seen_[(hash >> 6U) % seen_.size()];
        const std::uint64_t bit = std::uint64_t{1} << (hash % 64U);
        if ((word & bit) != 0 && contains(key, hash)) return false;
        word |= bit;
        keys_.push_back({key, hash});
        return true;
    }

    [[nodiscard]] bool contains(std::string_view key, std::uint32_t hash) const
    {
        for (const Key& known : keys_)
        {
            if (known.hash == hash && known.text == key) return true;
        }
        return false;
    }

    /// Of the length, the head and the tail: what tells keys of messages apart.
    static std::uint32_t hashOf(std::string_view key)
    {
        std::uint64_t head = 0;
        std::uint64_t tail = 0;
        const std::size_t size = key.size() < sizeof head ? key.size() : sizeof head;
        if (size > 0)
        {
            std::memcpy(&head, key.data(), size);
            std::memcpy(&tail, key.data() + key.size() - size, size);
        }
        const std::uint64_t mixed =
            ((head ^ (tail * 0x9E3779B97F4A7C15ULL)) + key.size()) * 0xD6E8FEB86659FD93ULL;
        return static_cast<std::uint32_t>(mixed >> 32U);
    }

    std::array<Shape, 4> shapes_; ///< Of the last objects that were checked key by key.
    std::size_t nextShape_ = 0;
    const Shape* shape_ = nullptr; ///< The one that this object has followed so far.
    std::size_t count_ = 0;
    bool escaped_ = false;
    std::vector<Key> keys_; ///< Of this object, once it follows no shape.
    std::array<std::uint64_t, 8> seen_{};
    std::vector<std::unique_ptr<std::string>> decoded_;
};

} // namespace bankfeed::plaid
